export function Mark() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d="M6.5 2h7L18 6.5v7L13.5 18h-7L2 13.5v-7z" />
      <path d="M8 6.5v7M12 6.5v7" />
    </svg>
  );
}
