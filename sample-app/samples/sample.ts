import type { Entry } from '../storage/series.js';

/** What is measured; all but the load as parts of 1. */
export const MEASURES = ['cpu', 'memory', 'disk', 'load'] as const;
export type Measure = (typeof MEASURES)[number];

/** The machine at one instant. */
export type Sample = Entry & Readonly<Record<Measure, number>>;

export interface Summary {
  readonly mean: number;
  readonly peak: number;
}

/** The machine in the minute that begins `at`. */
export type RollUp = Entry & Readonly<Record<Measure, Summary>>;

/** Something that somebody should look at. */
export interface Incident extends Entry {
  readonly what: Measure | 'event loop';
  readonly detail: string;
}
