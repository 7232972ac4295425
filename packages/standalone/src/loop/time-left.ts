/** How long the rest of a loop takes, judged by the days that are done; a day without a training takes about half as long. */
const WITHOUT_TRAINING = 0.5;

export interface TimeLeft {
  dayDone(learns: boolean): void;
  /** Empty while nothing can be said; begins with a comma otherwise. */
  text(): string;
}

export function timeLeft(
  arms: readonly { readonly learns: boolean; readonly days: number }[],
  now: () => number = () => performance.now(),
): TimeLeft {
  const weight = (learns: boolean): number => (learns ? 1 : WITHOUT_TRAINING);
  const all = arms.reduce((sum, { learns, days }) => sum + weight(learns) * days, 0);
  const startedAt = now();
  let done = 0;
  return {
    dayDone(learns) {
      done += weight(learns);
    },
    text() {
      if (done === 0) return '';
      const minutes = (((now() - startedAt) / done) * (all - done)) / 60_000;
      return minutes < 1 ? ', less than a minute left' : `, about ${Math.ceil(minutes)} min left`;
    },
  };
}
