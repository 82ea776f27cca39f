/** The plain controls that panels are made of. Each has a name that is shown, or said to screen readers where a sign is enough. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons.tsx';

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  /** The sign alone is shown; the label is said and shown as a hint. */
  readonly iconOnly?: boolean;
  readonly onClick: () => void;
  readonly isDisabled?: boolean | undefined;
  /** For buttons that stay pressed. */
  readonly isPressed?: boolean;
  /** primary, danger, small */
  readonly look?: string;
  /** What it does, for a hint. */
  readonly hint?: string | undefined;
}

export function Button({
  label,
  icon,
  iconOnly,
  onClick,
  isDisabled,
  isPressed,
  look = '',
  hint,
}: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${look}`}
      onClick={onClick}
      disabled={isDisabled ?? false}
      aria-pressed={isPressed}
      aria-label={iconOnly ? label : undefined}
      title={hint ?? (iconOnly ? label : undefined)}
    >
      {icon && <Icon name={icon} />}
      {!iconOnly && <span class="words">{label}</span>}
    </button>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** As it is shown and said. */
  readonly shown: string;
  readonly onInput: (value: number) => void;
  /** Once the hand lets go. */
  readonly onChange?: (value: number) => void;
  readonly isDisabled?: boolean | undefined;
}

export function Slider({ label, value, min, max, step, shown, onInput, onChange, isDisabled }: SliderProps) {
  return (
    <label class="field grow">
      <span>{label}</span>
      <input
        type="range"
        {...{ min, max, step, value }}
        disabled={isDisabled ?? false}
        aria-valuetext={shown}
        onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
        onChange={({ currentTarget }) => onChange?.(currentTarget.valueAsNumber)}
      />
      <output>{shown}</output>
    </label>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, shown: string])[];
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
}

export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  isDisabled,
}: ChoiceProps<Value>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        disabled={isDisabled ?? false}
        onChange={({ currentTarget }) => onChange(currentTarget.value as Value)}
      >
        {options.map(([option, shown]) => (
          <option key={option} value={option} selected={option === value}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Check({
  label,
  isChecked,
  onChange,
}: {
  readonly label: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}) {
  return (
    <label class="field">
      <input
        type="checkbox"
        checked={isChecked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

export function NumberField({
  label,
  value,
  min,
  max,
  step,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        {...{ min, max, step, value }}
        onChange={({ currentTarget }) => {
          const given = currentTarget.valueAsNumber;
          if (Number.isFinite(given)) onChange(Math.max(min, Math.min(max, given)));
        }}
      />
    </label>
  );
}

/** What a list is searched for. @param label said to screen readers @param hint shown while it is empty; default: the label */
export function SearchField({
  label,
  hint = label,
  sought,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly sought: Signal<string>;
}) {
  return (
    <input
      class="grow"
      type="search"
      aria-label={label}
      placeholder={hint}
      onInput={({ currentTarget }) => {
        sought.value = currentTarget.value;
      }}
    />
  );
}

/** A part of a panel under a heading. */
export function Section({
  title,
  children,
  aside,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
}) {
  return (
    <section aria-label={title}>
      <div class="row">
        <h2 class="grow">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
