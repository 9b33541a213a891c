// One idempotency key for one wish: pressing again after a lost answer does not order twice.
import { uuid7 } from "../../shared/uuid7";

export class OnceKey {
  private wish = "";
  private key = "";

  /** The key stays the same while the same thing is asked for. */
  for(body: unknown): string {
    const wish = JSON.stringify(body);
    if (wish !== this.wish) {
      this.wish = wish;
      this.key = uuid7();
    }
    return this.key;
  }

  /** The wish was granted: asking for the same again is a new wish. */
  spend(): void {
    this.wish = "";
  }
}
