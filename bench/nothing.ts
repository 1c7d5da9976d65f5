/** Imports what the command loads, and does nothing: what `benchCold` compares with. */
import 'cdk8s';
import 'commander';
import 'constructs';
import 're2js';
import 'yaml';
import 'zod';
