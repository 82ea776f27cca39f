/** A field for text under its name, with a sentence about it, and with what is wrong. */
import { useId } from 'preact/hooks';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  /** Offered while one types. */
  readonly options?: readonly string[];
  readonly isRequired?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onInput, hint = '', error, placeholder = '', options, isRequired = false } = props;
  const id = useId();
  return (
    <div class="field stacked">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        {...{ value, placeholder }}
        required={isRequired}
        list={options && `${id}-options`}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {options && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      <span
        id={`${id}-hint`}
        class={error === undefined ? 'quiet' : 'bad'}
        role={error ? 'alert' : undefined}
      >
        {error ?? hint}
      </span>
    </div>
  );
}
