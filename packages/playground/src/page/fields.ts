/**
 * @file Fields to choose with, made of the browser's own controls, so that keyboards and screen readers know them.
 */
import { element } from './element.ts';

/** A control whose value can be set from outside. */
export interface Field<T> {
  readonly element: HTMLElement;
  readonly set: (value: T) => void;
}

/** One of several values, from a list that opens. */
export function selection<T extends string | number>(options: {
  readonly label: string;
  readonly values: readonly T[];
  readonly text?: (value: T) => string;
  readonly onChange: (value: T) => void;
}): Field<T> {
  const { label, values, text = String, onChange } = options;
  const control = element(
    'select',
    {},
    ...values.map((value, k) => element('option', { value: k }, text(value))),
  );
  control.addEventListener('change', () => onChange(values[Number(control.value)]!));
  return {
    element: element('label', { class: 'field' }, element('span', {}, label), control),
    set: (value) => {
      control.value = String(values.indexOf(value));
    },
  };
}

/** Yes or no. */
export function toggle(options: {
  readonly label: string;
  readonly onChange: (value: boolean) => void;
}): Field<boolean> {
  const control = element('input', { type: 'checkbox', role: 'switch' });
  control.addEventListener('change', () => options.onChange(control.checked));
  return {
    element: element('label', { class: 'toggle' }, control, element('span', {}, options.label)),
    set: (value) => {
      control.checked = value;
    },
  };
}

/** A whole number from 0. */
export function wholeNumber(options: {
  readonly label: string;
  readonly most: number;
  readonly onChange: (value: number) => void;
}): Field<number> {
  const { label, most, onChange } = options;
  const control = element('input', { type: 'number', min: 0, max: most, step: 1, inputmode: 'numeric' });
  let valid = 0;
  control.addEventListener('change', () => {
    const value = control.valueAsNumber;
    if (Number.isInteger(value) && value >= 0 && value <= most) {
      valid = value;
      onChange(value);
    } else control.value = String(valid);
  });
  return {
    element: element('label', { class: 'field' }, element('span', {}, label), control),
    set: (value) => {
      valid = value;
      control.value = String(value);
    },
  };
}

export function button(label: string, onClick: () => void, kind = ''): HTMLButtonElement {
  const made = element('button', { type: 'button', class: kind }, label);
  made.addEventListener('click', onClick);
  return made;
}
