import Link from "next/link";

export default function NotFound() {
  return (
    <main className="bare">
      <div className="sign">
        <h1>There is no such page.</h1>
        <Link className="btn" href="/" prefetch={false}>
          Go to Now
        </Link>
      </div>
    </main>
  );
}
