/**
 * An Observable whose subscribers cannot harm the one who emits. RxJS throws what an observer throws, and errors that
 * nobody handles, into the process; and it has no back-pressure. This one, and everything piped from it, hands such
 * errors to its owner instead, and can tell when work that a value began is still going on.
 */
import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';

/** What the owner of an {@link IsolatedObservable} learns of its subscribers. */
export interface SubscriberHooks {
  /** A handler of a subscriber threw, or the promise that it returned rejected. It may be unsubscribed now. */
  failed(error: unknown, subscriber: Subscription): void;
  /** An error ended a chain and nobody handles it. Default: nothing. */
  ended?(error: unknown): void;
  /**
   * Work that a value began goes on after the value was handed over: an inner subscription of `concatMap` and the like,
   * the promise of an asynchronous observer. Together with `workEnded`.
   */
  workBegan?(): void;
  workEnded?(): void;
}

/** What `subscribe` accepts. */
type Consumer<T> = Partial<Observer<T>> | ((value: T) => unknown) | null;

/**
 * @example
 * const isolated$ = new IsolatedObservable(subject, { failed: (error) => log.warn(error) });
 * isolated$.pipe(take(3)).subscribe(() => { throw new Error('stays here') });
 */
export class IsolatedObservable<T> extends Observable<T> {
  readonly #hooks: SubscriberHooks;

  constructor(source: Observable<unknown>, hooks: SubscriberHooks) {
    super();
    this.source = source;
    this.#hooks = hooks;
  }

  /** RxJS builds every piped Observable by this method: what is derived is isolated as well. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new IsolatedObservable<R>(this, this.#hooks);
    lifted.operator = {
      call: (subscriber, source) => {
        const teardown = operator?.call(subscriber, source);
        if (this.#hooks.workBegan) watchWork(subscriber, this.#hooks);
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
    return super.subscribe(guarded(observer, this.#hooks));
  }
}

/** Told what a subscriber threw; the subscriber is left out by then. */
export type SubscriberFailure = (error: unknown) => void;

/** `source` for subscribers that are left out, and told of, once they fail. */
export function isolated<T>(source: Observable<T>, onFailure: SubscriberFailure): Observable<T> {
  return new IsolatedObservable<T>(source, {
    failed(error, subscriber) {
      subscriber.unsubscribe();
      onFailure(error);
    },
    ended: onFailure,
  });
}

/** Calls the observer's methods on the observer itself: it may be an object of a class. */
function guarded<T>(
  observer: { [K in keyof Observer<T>]?: Observer<T>[K] | null | undefined },
  hooks: SubscriberHooks,
): Subscriber<T> {
  const attempt = (handle: () => unknown): void => {
    try {
      const result = handle();
      if (isPromise(result)) watchPromise(result, hooks, subscriber);
    } catch (error) {
      hooks.failed(error, subscriber);
    }
  };
  const subscriber: Subscriber<T> = new Subscriber<T>({
    next: (value) => attempt(() => observer.next?.(value)),
    error: (error: unknown) =>
      observer.error ? attempt(() => observer.error?.(error)) : hooks.ended?.(error),
    complete: () => attempt(() => observer.complete?.()),
  });
  return subscriber;
}

/**
 * Operators add a subscription to their destination for every piece of work that outlives the call, and RxJS removes it
 * when that is done. Those added after the set-up were begun by values.
 */
function watchWork(subscriber: Subscriber<unknown>, hooks: SubscriberHooks): void {
  const add = subscriber.add.bind(subscriber);
  subscriber.add = (teardown) => {
    add(teardown);
    if (!isSubscription(teardown) || teardown.closed) return;
    hooks.workBegan?.();
    teardown.add(() => hooks.workEnded?.());
  };
}

/** Also recognizes those of another copy of RxJS, which a module of the user may bring. */
function isSubscription(value: unknown): value is Subscription {
  const { add, unsubscribe } = (value ?? {}) as Partial<Subscription>;
  return typeof add === 'function' && typeof unsubscribe === 'function';
}

function watchPromise(promise: PromiseLike<unknown>, hooks: SubscriberHooks, subscriber: Subscription): void {
  hooks.workBegan?.();
  promise.then(
    () => hooks.workEnded?.(),
    (error) => {
      hooks.failed(error, subscriber);
      hooks.workEnded?.();
    },
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
