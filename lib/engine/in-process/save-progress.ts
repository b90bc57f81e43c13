/** Which saves have been asked for, and which of them a killed process would find again. Saves are numbered from 1. */
export class SaveProgress {
  private waiters: { readonly through: number; readonly resolve: () => void }[] = [];
  asked = 0;
  saved = 0;

  ask(): number {
    return ++this.asked;
  }

  saveThrough(number: number): void {
    this.saved = number;
    this.letGo((through) => through <= number);
  }

  /** Nobody waits any longer: it may take for ever. */
  giveUp(): void {
    this.letGo(() => true);
  }

  /** Resolves when everything asked for until now is saved, or given up. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.waiters.push({ through: this.asked, resolve });
    });
  }

  private letGo(isOver: (through: number) => boolean): void {
    const { waiters } = this;
    this.waiters = waiters.filter(({ through }) => !isOver(through));
    for (const { through, resolve } of waiters) if (isOver(through)) resolve();
  }
}
