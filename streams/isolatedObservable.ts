/** An Observable whose subscribers cannot harm the one who emits. */
import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';

/** Told what a subscriber threw. */
export type SubscriberFailure = (error: unknown) => void;

/**
 * Catches what the handlers of its subscribers throw, also behind operators: the subscriber is unsubscribed and the
 * error goes to `onFailure`. (RxJS would throw it again in a timer, which ends a Node process.)
 *
 * @example new IsolatedObservable(subject, (error) => log.warn(error)).pipe(take(3)).subscribe(() => { throw new Error() })
 */
export class IsolatedObservable<T> extends Observable<T> {
  readonly #onFailure: SubscriberFailure;

  constructor(source: Observable<unknown>, onFailure: SubscriberFailure) {
    super();
    this.source = source;
    this.#onFailure = onFailure;
  }

  /** Operators derive their result through this, so that what is behind them is isolated as well. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new IsolatedObservable<R>(this, this.#onFailure);
    lifted.operator = operator as Operator<unknown, R> | undefined;
    return lifted;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext, error, complete };
    return super.subscribe(this.#guarded(observer as Partial<Observer<T>>));
  }

  #guarded(observer: Partial<Observer<T>>): Subscriber<T> {
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        subscriber.unsubscribe();
        this.#onFailure(error);
      }
    };
    const subscriber: Subscriber<T> = new Subscriber<T>({
      next: (value) => {
        try {
          observer.next?.(value);
        } catch (error) {
          subscriber.unsubscribe();
          this.#onFailure(error);
        }
      },
      error: (error: unknown) =>
        attempt(() => (observer.error ? observer.error(error) : this.#onFailure(error))),
      complete: () => attempt(() => observer.complete?.()),
    });
    return subscriber;
  }
}
