// Loaded before a script in TypeScript, with `node --import`: an old Node would only complain about its syntax.
if (!process.features.typescript) {
  console.error(
    `This needs Node 24, or 22.18 at least, and is Node ${process.version}.\n` +
      'npm ci brings its own on Linux (x64, arm64) and Windows (x64); elsewhere, as on macOS, install it from https://nodejs.org.',
  );
  process.exit(1);
}
