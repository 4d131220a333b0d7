/** The n-th of a list that is not empty, counting round. */
export function at<T>(list: readonly T[], n: number): T {
  const [found] = list.slice(n % list.length);
  if (found === undefined) throw new RangeError("the list is empty");
  return found;
}
