/** One thing for each key, made when it is first asked for. */
export class OnDemand<Key, Thing> {
  private readonly made = new Map<Key, Thing>();

  constructor(private readonly make: (key: Key) => Thing) {}

  of(key: Key): Thing {
    const there = this.made.get(key);
    if (there !== undefined) return there;
    const thing = this.make(key);
    this.made.set(key, thing);
    return thing;
  }
}
