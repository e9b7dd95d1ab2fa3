import { node, writeFileWhole } from '@fastts/core';
import fs from 'fs-extra';
import { LearnerError } from '../../../errors.js';
import { bytesField, intField, message } from '../records/protobuf.js';

/** Options of {@link WandbRun.logArtifact}. */
export interface WandbArtifactOptions {
  /** The artifact's name; logging the same name again adds a version. */
  name: string;
  /** Its type, such as `'model'` or `'dataset'`. */
  type: string;
  /** Its files by name: the path of a file, or its bytes. They are copied. */
  files: Readonly<Record<string, string | Uint8Array>>;
  /** Facts about this version, such as its metrics. */
  metadata?: Readonly<Record<string, unknown>>;
  /** What this version is, as text on its page. */
  description?: string;
  /** Names of this version, such as `'best'`, besides `'latest'`. */
  aliases?: readonly string[];
}

/** The run that an artifact belongs to. */
export interface ArtifactRun {
  id: string;
  project: string | undefined;
  entity: string | undefined;
  /** The run's folder, in which files are copied until they are uploaded. */
  dir: string;
}

/** An artifact's record, and the identifiers by which other records refer to it. */
export interface WrittenArtifact {
  record: Uint8Array;
  /** Of this version. */
  clientId: string;
  /** Of all versions. */
  sequenceClientId: string;
}

/**
 * Copies an artifact's files into its run's folder, and describes it.
 *
 * Source: wandb `sdk/artifacts/artifact.py` and `artifact_manifest_v1.py`.
 */
export async function writeArtifact(
  run: ArtifactRun,
  { name, type, files, metadata, description, aliases = [] }: WandbArtifactOptions,
): Promise<WrittenArtifact> {
  if (!/^[\w.-]+$/.test(name)) {
    throw new LearnerError(
      `The name of a W&B artifact may have letters, digits, '.', '-' and '_' only, got '${name}'.`,
    );
  }
  const entries = await Promise.all(
    Object.keys(files)
      .sort()
      .map((path) => copied(run, path, files[path]!)),
  );
  const [clientId, sequenceClientId] = [randomId(128), randomId(128)];
  const manifest = message(
    intField(1, 1),
    bytesField(2, 'wandb-storage-policy-v1'),
    bytesField(3, message(bytesField(1, 'storageLayout'), bytesField(2, '"V2"'))),
    ...entries.map(({ path, digest, size, localPath }) =>
      bytesField(
        4,
        message(bytesField(1, path), bytesField(2, digest), intField(4, size), bytesField(6, localPath)),
      ),
    ),
  );
  const record = message(
    bytesField(1, run.id),
    bytesField(2, run.project ?? 'uncategorized'),
    ...(run.entity ? [bytesField(3, run.entity)] : []),
    bytesField(4, type),
    bytesField(5, name),
    bytesField(6, digestOf(entries)),
    ...(description ? [bytesField(7, description)] : []),
    ...(metadata ? [bytesField(8, JSON.stringify(metadata))] : []),
    ...[...new Set(['latest', ...aliases])].map((alias) => bytesField(11, alias)),
    bytesField(12, manifest),
    intField(14, 1),
    bytesField(15, clientId),
    bytesField(16, sequenceClientId),
    bytesField(20, 'MANIFEST_MD5'),
  );
  return { record, clientId, sequenceClientId };
}

/** Lowercase letters and digits. */
export function randomId(length: number): string {
  return Array.from({ length }, () => node.crypto.randomInt(36).toString(36)).join('');
}

interface Entry {
  path: string;
  /** MD5 in base 64. */
  digest: string;
  size: number;
  localPath: string;
}

/** Copies a file under the name of its hash: equal files, such as the pictures of each epoch, are stored once. */
async function copied({ dir }: ArtifactRun, path: string, content: string | Uint8Array): Promise<Entry> {
  const bytes = typeof content === 'string' ? await fs.readFile(content) : content;
  const digest = node.crypto.createHash('md5').update(bytes).digest();
  const localPath = node.path.resolve(dir, 'artifacts', digest.toString('hex'));
  if (!(await fs.pathExists(localPath))) await writeFileWhole(localPath, bytes);
  return { path, digest: digest.toString('base64'), size: bytes.length, localPath };
}

function digestOf(entries: readonly Entry[]): string {
  const lines = entries.map(({ path, digest }) => `${path}:${digest}\n`);
  return node.crypto
    .createHash('md5')
    .update(`wandb-artifact-manifest-v1\n${lines.join('')}`)
    .digest('hex');
}
