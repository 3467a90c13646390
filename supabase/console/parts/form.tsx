/**
 * Forms: fields with their labels, hints and errors, and a submission that says what it came to.
 *
 * A field's error is tied to the field and read out with it. What concerns no
 * field stands above the form as an alert.
 *
 * @module
 */

import {
  type ComponentChildren,
  createContext,
  type InputHTMLAttributes,
  type JSX,
  type TargetedFocusEvent,
  type TargetedInputEvent,
  type TextareaHTMLAttributes,
} from "preact";
import { useContext, useId, useRef, useState } from "preact/hooks";
import { Refusal } from "../data/trouble.ts";
import { texts } from "../texts/texts.ts";
import { explainError } from "./explain.ts";

/** What a form was given, by the names of its fields. A checkbox has `on` or nothing. */
export type FormValues = Record<string, string>;

/** Thrown by a submission where a field is wrong in a way that only the page knows. */
export class FieldError extends Error {
  override name = "FieldError";
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const FieldErrors = createContext<ReadonlyMap<string, string>>(new Map());

/** What a form has. */
export interface FormProps {
  /** The text of its button. */
  submit: string;
  /**
   * Does it. Whatever it throws is shown: a `Refusal` of an argument and a
   * `FieldError` beside their field, everything else above the form.
   */
  onSubmit: (values: FormValues) => Promise<void>;
  /** Leaves the form, where there is somewhere to leave to. */
  onCancel?: () => void;
  isDanger?: boolean;
  /** Empties the fields after it was done. */
  resets?: boolean;
  /** Further buttons beside the first. */
  buttons?: ComponentChildren;
  children: ComponentChildren;
}

/** A form. */
export function Form(props: FormProps): JSX.Element {
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [message, setMessage] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { common } = texts.value;

  function showErrors(found: ReadonlyMap<string, string>, text: string | undefined): void {
    setErrors(found);
    setMessage(found.size > 0 ? text ?? common.correctFields : text);
    const [first] = found.keys();
    const field = first === undefined ? undefined : form.current?.elements.namedItem(first);
    if (field instanceof HTMLElement) {
      field.closest("details")?.setAttribute("open", "");
      field.focus();
    }
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy || form.current === null) {
      return;
    }
    setBusy(true);
    try {
      await waitForFields(form.current);
      const wrong = findInvalid(form.current);
      showErrors(wrong, undefined);
      if (wrong.size > 0) {
        return;
      }
      await props.onSubmit(readValues(form.current));
      if (props.resets === true) {
        form.current?.reset();
      }
    } catch (error) {
      const named = nameField(error, form.current);
      if (named === undefined) {
        showErrors(new Map(), explainError(error as Error, { action: true }));
      } else {
        showErrors(new Map([named]), undefined);
      }
    } finally {
      setBusy(false);
    }
  }

  return (
    <form ref={form} noValidate onSubmit={(event) => void submit(event)} aria-busy={isBusy}>
      {message !== undefined && <p class="notice bad" role="alert">{message}</p>}
      <FieldErrors.Provider value={errors}>{props.children}</FieldErrors.Provider>
      <div class="buttons">
        <button type="submit" class={props.isDanger ? "danger" : "primary"} aria-disabled={isBusy}>
          {props.submit}
        </button>
        {props.onCancel !== undefined && (
          <button type="button" onClick={props.onCancel}>{common.cancel}</button>
        )}
        {props.buttons}
      </div>
    </form>
  );
}

const POLL_MILLISECONDS = 50;

/** Waits for fields that are still being read: without them a form would say less than its reader means. */
async function waitForFields(form: HTMLFormElement): Promise<void> {
  while (form.querySelector("[aria-busy=true]") !== null) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** What the browser finds wrong, in its words and the reader's language. */
function findInvalid(form: HTMLFormElement): Map<string, string> {
  const fields = [...form.elements].filter((element): element is HTMLInputElement =>
    "validationMessage" in element && "name" in element && element.name !== ""
  );
  return new Map(
    fields.filter(({ validationMessage }) => validationMessage !== "").map((
      { name, validationMessage },
    ) => [name, validationMessage]),
  );
}

function readValues(form: HTMLFormElement): FormValues {
  const given = [...new FormData(form)].map((
    [name, value],
  ) => [name, typeof value === "string" ? value.trim() : ""]);
  return Object.fromEntries(given);
}

/** The field that an error is about. */
function nameField(error: unknown, form: HTMLFormElement | null): [string, string] | undefined {
  if (error instanceof FieldError) {
    return [error.field, error.message];
  }
  if (error instanceof Refusal && error.argument !== undefined && form?.elements.namedItem(error.argument)) {
    return [error.argument, texts.value.errors.expected(error.expected ?? "")];
  }
  return undefined;
}

/** What every field has. */
interface FieldProps {
  /** As in the form's values; as the RPC's argument without `p_`, so that its refusal finds the field. */
  name: string;
  label: string;
  hint?: ComponentChildren;
  /** What is known about the field's present text, such as a check's result; it stands below the field. */
  note?: ComponentChildren;
}

/** The attributes that tie a field to its label, its hint and its error. */
interface Tied {
  id: string;
  name: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

function Field(
  { name, label, hint, note, children }: FieldProps & { children: (tied: Tied) => ComponentChildren },
): JSX.Element {
  const id = useId();
  const error = useContext(FieldErrors).get(name);
  const parts = { hint, note, error };
  const described = Object.entries(parts).filter(([, part]) => part !== undefined).map(([part]) =>
    `${id}-${part}`
  );
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      {children({
        id,
        name,
        ...(described.length > 0 ? { "aria-describedby": described.join(" ") } : {}),
        ...(error === undefined ? {} : { "aria-invalid": true }),
      })}
      {note !== undefined && <div id={`${id}-note`}>{note}</div>}
      {error !== undefined && <small class="error" id={`${id}-error`}>{error}</small>}
    </div>
  );
}

/** What a field for a line of text takes besides. */
interface InputProps {
  type?: "text" | "email" | "password" | "number" | "url" | "search" | "date";
  required?: boolean;
  readOnly?: boolean;
  autoComplete?: string;
  spellcheck?: boolean;
  inputMode?: "numeric" | "url" | "text";
  placeholder?: string;
  defaultValue?: string;
  /** For a field whose text the page keeps itself. */
  value?: string;
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  /** The id of a `datalist` with suggestions. */
  list?: string;
  onInput?: (event: TargetedInputEvent<HTMLInputElement>) => void;
  onBlur?: (event: TargetedFocusEvent<HTMLInputElement>) => void;
}

/** A field for a line of text; `defaultValue` is what stands there at first. */
export function TextField({ name, label, hint, note, ...input }: FieldProps & InputProps): JSX.Element {
  return (
    <Field name={name} label={label} hint={hint} note={note}>
      {(tied) => (
        <input
          {...({ type: "text", ...input, ...tied } as InputHTMLAttributes<HTMLInputElement>)}
        />
      )}
    </Field>
  );
}

/** A field for lines of text. */
export function TextArea(
  { name, label, hint, note, ...area }:
    & FieldProps
    & Pick<
      TextareaHTMLAttributes<HTMLTextAreaElement>,
      "required" | "defaultValue" | "value" | "rows" | "spellcheck" | "onInput"
    >,
): JSX.Element {
  return (
    <Field name={name} label={label} hint={hint} note={note}>
      {(tied) => <textarea {...area} {...tied} />}
    </Field>
  );
}

/** A field for a file. The form's values do not have it: `onChange` is given it. */
export function FileField(
  { name, label, hint, note, accept, required = false, onChange }: FieldProps & {
    /** The media types to choose from. */
    accept: string;
    required?: boolean;
    onChange: (file: File | undefined) => void;
  },
): JSX.Element {
  return (
    <Field name={name} label={label} hint={hint} note={note}>
      {(tied) => (
        <input
          type="file"
          accept={accept}
          required={required}
          onChange={({ currentTarget }) => onChange(currentTarget.files?.[0])}
          {...tied}
        />
      )}
    </Field>
  );
}

/** A choice of one. */
export function SelectField(
  { name, label, hint, note, options, selected, onChange }: FieldProps & {
    options: readonly (readonly [value: string, text: string])[];
    selected?: string;
    onChange?: (value: string) => void;
  },
): JSX.Element {
  return (
    <Field name={name} label={label} hint={hint} note={note}>
      {(tied) => (
        <select {...tied} onChange={(event) => onChange?.(event.currentTarget.value)}>
          {options.map(([value, text]) => (
            <option key={value} value={value} selected={value === selected}>{text}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A choice of yes or no: the form's value is `on`, or there is none. */
export function CheckField(
  { name, label, hint, isChecked = false, onChange }: FieldProps & {
    isChecked?: boolean;
    onChange?: (isChecked: boolean) => void;
  },
): JSX.Element {
  const id = useId();
  return (
    <div class="field check">
      <input
        type="checkbox"
        id={id}
        name={name}
        defaultChecked={isChecked}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
        {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
