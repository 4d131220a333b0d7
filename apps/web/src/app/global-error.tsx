"use client";
import { isConnectionError, useComeBack } from "../live/come-back.ts";

/** Not even the frame could be drawn: words only, no styles to rely on. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  const broken = isConnectionError(error);
  useComeBack(broken);
  return (
    <html lang="en">
      <body>
        <main>
          <h1>{broken ? "The connection broke." : "The dashboard could not be drawn."}</h1>
          <p>
            Nothing was changed by this. {broken ? "This page opens again by itself when the server answers." : ""}
            {error.digest ? `Request ${error.digest}.` : ""}
          </p>
          <p>
            <a href="">Try again</a>, or use the command line: holdpoint status, holdpoint stop engage.
          </p>
        </main>
      </body>
    </html>
  );
}
