// Form controls of the explorer.
import {h} from './dom.mjs';

let count = 0;

// A row of choices of which one holds.
// @param choices  [[value, label]]  @param change  called with the value
export function choice(legend, choices, value, change) {
  const name = `choice-${++count}`;
  return h('fieldset', {class: 'choice'}, h('legend', null, legend),
           h('div', {class: 'segments'}, choices.map(([each, label]) => h('label', null,
               h('input', {type: 'radio', name, value: each, checked: each === value, onchange: () => change(each)}),
               h('span', null, label)))));
}

export function options(label, choices, value, change) {
  const id = `control-${++count}`;
  const select = h('select', {id, onchange: () => change(select.value)},
                   choices.map(([each, text]) => h('option', {value: each, selected: each === value}, text)));
  return h('div', {class: 'control'}, h('label', {for: id}, label), select);
}

// A number within limits; what is none is marked and changes nothing.
export function number(label, unit, value, {min, max, step, disabled, hint}, change) {
  const id = `control-${++count}`;
  const input = h('input', {id, type: 'number', min, max, step, value: value ?? '', disabled, 'aria-describedby': hint ? `${id}-hint` : null});
  input.addEventListener('input', () => {
    const read = input.valueAsNumber;
    const good = Number.isFinite(read) && read >= min && read <= max;
    input.setAttribute('aria-invalid', String(!good));
    if (good) change(read);
  });
  return h('div', {class: 'control'},
           h('label', {for: id}, label),
           h('span', {class: 'field'}, input, unit ? h('span', {class: 'unit'}, unit) : null),
           hint ? h('small', {id: `${id}-hint`}, hint) : null);
}

export function checks(legend, choices, change) {
  return h('fieldset', {class: 'choice'}, h('legend', null, legend),
           h('div', {class: 'segments many'}, choices.map(([value, label]) => h('label', null,
               h('input', {type: 'checkbox', value, checked: true, onchange: (event) => change(value, event.target.checked)}),
               h('span', null, label)))));
}
