/**
 * An Observable whose subscribers cannot harm anyone else. RxJS throws what an observer throws, and errors that nobody
 * handles, into the process; and it has no back-pressure. This one, and everything piped from it, hands such errors to
 * its owner instead, and tells when work that an event began (an inner subscription of concatMap and the like, the
 * promise of an asynchronous observer) is still going on.
 */
import {
  Observable,
  type Observer,
  type Operator,
  type Subscriber,
  type Subscription,
  type TeardownLogic,
} from 'rxjs';

/** What the owner of an isolated Observable learns of its subscribers. */
export interface SinkFeedHooks {
  /** An observer failed to handle one value; it stays subscribed. */
  valueFailed(error: unknown): void;
  /** A chain ended with an error that nobody handles. */
  chainFailed(error: unknown): void;
  workStarted(): void;
  workEnded(): void;
}

/** What `subscribe` accepts. */
type Consumer<T> = Partial<Observer<T>> | ((value: T) => unknown) | null;

export class SinkFeed<T> extends Observable<T> {
  constructor(
    private readonly hooks: SinkFeedHooks,
    subscribe?: (subscriber: Subscriber<T>) => TeardownLogic,
  ) {
    super(subscribe);
  }

  /** RxJS builds every piped Observable by this method: what is derived is isolated as well. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new SinkFeed<R>(this.hooks);
    lifted.source = this;
    lifted.operator = {
      call: (subscriber, source) => {
        const teardown = operator?.call(subscriber, source);
        watchWork(subscriber, this.hooks);
        return teardown;
      },
    };
    return lifted;
  }

  override subscribe(
    consumer?: Consumer<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (isSubscription(consumer)) return super.subscribe(consumer as unknown as Partial<Observer<T>>);
    const observer =
      typeof consumer === 'object' && consumer !== null ? consumer : { next: consumer, error, complete };
    return super.subscribe(this.#guard(observer));
  }

  /** Calls the observer's methods on the observer itself: it may be an object of a class. */
  #guard(observer: { [K in keyof Observer<T>]?: Observer<T>[K] | null | undefined }): Observer<T> {
    const { hooks } = this;
    const attempt = (action: () => unknown): void => {
      try {
        const result = action();
        if (isPromise(result)) watchPromise(result, hooks);
      } catch (thrown) {
        hooks.valueFailed(thrown);
      }
    };
    return {
      next: (value) => attempt(() => observer.next?.(value)),
      error: (reason) =>
        observer.error ? attempt(() => observer.error?.(reason)) : hooks.chainFailed(reason),
      complete: () => attempt(() => observer.complete?.()),
    };
  }
}

/**
 * Operators add a subscription to their destination for every piece of work that outlives the call, and RxJS removes it
 * when that is done. Those added after the set-up were begun by events.
 */
function watchWork(subscriber: Subscriber<unknown>, hooks: SinkFeedHooks): void {
  const add = subscriber.add.bind(subscriber);
  subscriber.add = (teardown) => {
    add(teardown);
    if (!isSubscription(teardown) || teardown.closed) return;
    hooks.workStarted();
    teardown.add(() => hooks.workEnded());
  };
}

/** Also recognizes those of another copy of RxJS, which a module of the user may bring. */
function isSubscription(value: unknown): value is Subscription {
  const { add, unsubscribe } = (value ?? {}) as Partial<Subscription>;
  return typeof add === 'function' && typeof unsubscribe === 'function';
}

function watchPromise(promise: PromiseLike<unknown>, hooks: SinkFeedHooks): void {
  hooks.workStarted();
  promise.then(
    () => hooks.workEnded(),
    (error) => {
      hooks.valueFailed(error);
      hooks.workEnded();
    },
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
