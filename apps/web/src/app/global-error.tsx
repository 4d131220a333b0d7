"use client";

/** Not even the frame could be drawn: words only, no styles to rely on. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>The dashboard could not be drawn.</h1>
          <p>Nothing was changed by this. {error.digest ? `Request ${error.digest}.` : ""}</p>
          <p>
            <a href="/">Try again</a>, or use the command line: holdpoint status, holdpoint stop engage.
          </p>
        </main>
      </body>
    </html>
  );
}
