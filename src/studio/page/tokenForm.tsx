/** For who came without the token: a studio that more than its own computer can reach lets in only who has it. */
import { useSignal } from '@preact/signals';
import { useStudio } from './studio.ts';

export function TokenForm() {
  const studio = useStudio();
  const token = useSignal('');
  const error = useSignal('');
  const submit = (event: Event) => {
    event.preventDefault();
    studio.sendToken(token.value.trim()).catch((cause: Error) => {
      error.value = cause.message;
    });
  };
  return (
    <main class="entrance">
      <form onSubmit={submit}>
        <h1>nerfstream studio</h1>
        <p>
          The address that the studio printed ends with its token. Open that address, or enter the token here.
        </p>
        <label class="field">
          <span>Token</span>
          <input
            type="text"
            autocomplete="off"
            value={token.value}
            onInput={({ currentTarget }) => {
              token.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="button primary">
          Enter
        </button>
        <p role="alert">{error.value}</p>
      </form>
    </main>
  );
}
