/** Builds the images of the services and says what came out: `npm run image`. */
import { images } from '../image/build';

images().then(
  (built) => {
    for (const [service, { layout, digest, bytes }] of Object.entries(built))
      process.stdout.write(
        `${service} ${digest} ${(bytes / 1024 / 1024).toFixed(1)} MiB\n  oci:${layout}:${service}\n`,
      );
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
