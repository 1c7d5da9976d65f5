/** What the API server says when Kyverno's process ended while it was answering. */
const CUT_OFF = /failed to call webhook: Post "https:\/\/kyverno-svc\.kyverno\.svc:443\/[^"]*": EOF/;
/** And while it is not back yet. */
const AWAY = /failed calling webhook/;

/**
 * An answer of the API server that Kyverno had a say in. Kyverno 1.19 now and then ends while it reads the images of a pod
 * that has several: its goroutines write to one map (AddImages in kyverno/sdk, extensions/imagedataloader/context.go), which
 * Go's runtime ends a process for. The API server says EOF, refuses the pod, and does not try again; a controller does.
 * Nothing was decided then, so the same is asked again until somebody decides. A denial is a decision and is never asked
 * again; neither is one who could not reach Kyverno in the first place.
 * @param wait for Kyverno; false when it has taken too long
 */
export function decided(ask: () => string, wait: () => boolean): string {
  let answer = ask();
  if (!CUT_OFF.test(answer)) return answer;
  while (AWAY.test(answer) && wait()) answer = ask();
  return answer;
}
