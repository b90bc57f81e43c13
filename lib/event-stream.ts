import { Observable, Subject, Subscription, type Observer, type Operator } from 'rxjs';

type OnFault = (fault: unknown) => void;

/**
 * An Observable whose subscribers cannot crash the process: RxJS throws what a subscriber throws, or fails to handle,
 * into the event loop. Here it is reported, and the subscription goes on where it can. Holds for piped ones too.
 */
class GuardedObservable<Value> extends Observable<Value> {
  constructor(
    private readonly upstream: Observable<Value>,
    private readonly onFault: OnFault,
  ) {
    super((subscriber) => upstream.subscribe(subscriber));
  }

  /* eslint-disable @typescript-eslint/no-deprecated -- how every operator of RxJS 7 is applied */
  override lift<Out>(operator?: Operator<Value, Out>): Observable<Out> {
    const lifted = new Observable<Out>();
    lifted.source = this.upstream;
    if (operator !== undefined) lifted.operator = operator;
    return new GuardedObservable(lifted, this.onFault);
  }
  /* eslint-enable @typescript-eslint/no-deprecated */

  override subscribe(
    observerOrNext?: Partial<Observer<Value>> | ((value: Value) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    const observer: Partial<Observer<Value>> =
      typeof observerOrNext === 'function' || observerOrNext == null
        ? {
            ...(observerOrNext != null && { next: observerOrNext }),
            ...(error != null && { error }),
            ...(complete != null && { complete }),
          }
        : observerOrNext;
    const subscription = super.subscribe({
      next: (value) => {
        this.call(observer, 'next', value);
      },
      error: (fault: unknown) => {
        if (observer.error === undefined) this.onFault(fault);
        else this.call(observer, 'error', fault);
      },
      complete: () => {
        this.call(observer, 'complete', undefined);
      },
    });
    // An operator's own subscriber, say of `firstValueFrom` or `switchMap`: when it is over, so is ours.
    if (observer instanceof Subscription) observer.add(subscription);
    return subscription;
  }

  private call<Name extends keyof Observer<Value>>(
    observer: Partial<Observer<Value>>,
    name: Name,
    value: Parameters<Observer<Value>[Name]>[0],
  ): void {
    try {
      const result: unknown = observer[name]?.(value);
      // Subscribers may be async functions.
      if (typeof result === 'object') Promise.resolve(result).catch(this.onFault);
    } catch (fault) {
      this.onFault(fault);
    }
  }
}

/** A stream of events that costs next to nothing while nobody listens. */
export class EventStream<Event> {
  private readonly subject = new Subject<Event>();
  readonly events: Observable<Event>;

  constructor(onFault: OnFault) {
    this.events = new GuardedObservable(this.subject, onFault);
  }

  emit(event: Event): void {
    if (this.subject.observed) this.subject.next(event);
  }
}
