// What is read of the cells: quantities with their units, at the PUE and carbon intensity that the
// reader chose.
import {percent, prefixed, significant, thousands} from './format.mjs';

export class Readings {
  constructor(cloud) {
    this.cloud = cloud;
    this.pue = cloud.pue;
    this.intensity = cloud.intensity;
    this.accuracies = this.#accuracies();
    this.costs = this.#costs();
  }

  // Energies at the chosen PUE are the stored ones times this.
  get pueFactor() {
    return this.cloud.pue === null ? 1 : this.pue / this.cloud.pue;
  }

  #accuracies() {
    const make = (name, title) => {
      const metric = this.cloud.metric(name);
      return metric && {
        key: name, title, unit: '%', metric, factor: () => 1,
        text: (value) => percent(value, 2), delta: (from, to) => 100 * (to - from),
      };
    };
    return [make('validation_accuracy', 'Validation accuracy'), make('test_accuracy', 'Test accuracy')]
        .filter(Boolean);
  }

  #costs() {
    const relative = (from, to) => 100 * (to / from - 1);
    const text = (value) => significant(value, 4);
    const energy = this.cloud.metric('energy_kwh');
    const time = this.cloud.metric('training_time_s');
    const list = [
      energy && {key: 'energy', title: 'Training energy', unit: 'kWh', metric: energy, factor: () => this.pueFactor, text},
      energy && {
        key: 'co2eq', title: 'Emissions', unit: 'g CO₂eq', metric: energy,
        factor: () => this.pueFactor * this.intensity, text, available: () => this.intensity > 0,
      },
      time && {key: 'training_time', title: 'Training time', unit: 's', metric: time, factor: () => 1, text},
      {key: 'parameters', title: 'Parameters', unit: '', isCount: true, values: this.cloud.parameters, text: thousands, short: prefixed},
      {key: 'flops', title: 'Multiply-adds an image', unit: '', isCount: true, values: this.cloud.flops, text: thousands, short: prefixed},
    ];
    return list.filter(Boolean).map((cost) => ({available: () => true, short: cost.text, delta: relative, ...cost}));
  }

  // A quantity's value; NaN: not there.
  value(quantity, cell, budget) {
    if (quantity.values) return quantity.values[cell];
    return quantity.metric.value(cell, budget) * quantity.factor();
  }
  // [lower, upper], or null.
  interval(quantity, cell, budget) {
    if (quantity.values) return null;
    return quantity.metric.interval(cell, budget)?.map((bound) => bound * quantity.factor()) ?? null;
  }
}

export function withUnit(text, unit) {
  return unit === '' ? text : `${text} ${unit}`;
}
