import { makeFolder, node, writeFailure } from '@fastts/core';
import { DataError } from '@fastts/data';
import fs from 'fs-extra';

/**
 * Moves a file, and never overwrites one: if there is a file of that name, a number is added. It is in both places until `between`
 * has succeeded, so that a crash or an error at any time loses nothing.
 *
 * @param between Called with the new path before the file leaves the old one, such as to log it.
 * @param revert Called if the file then cannot leave the old one; the new one is removed.
 * @throws DataError when the file does not exist; WriteError when it cannot be moved.
 */
export async function moveFile(
  from: string,
  to: string,
  between: (path: string) => Promise<void>,
  revert: (path: string) => Promise<void>,
): Promise<string> {
  if (!(await fs.pathExists(from))) {
    throw new DataError(
      `${from} no longer exists: it was moved or deleted elsewhere. Start again to see the present pictures.`,
    );
  }
  const path = await placed(from, to);
  const unplace = () => fs.promises.rm(path, { force: true }).catch(() => undefined);
  try {
    await between(path);
  } catch (error) {
    await unplace();
    throw error;
  }
  try {
    await fs.promises.unlink(from);
  } catch (error) {
    await unplace();
    await revert(path);
    throw await writeFailure(error, from);
  }
  return path;
}

/** Makes the file appear at `to` also, or at the first free name with a number. */
async function placed(from: string, to: string): Promise<string> {
  await makeFolder(node.path.dirname(to));
  const { dir, name, ext } = node.path.parse(to);
  for (let number = 1; ; number++) {
    const path = number === 1 ? to : node.path.join(dir, `${name}-${number}${ext}`);
    try {
      await linkOrCopy(from, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw await writeFailure(error, path);
    }
  }
}

/**
 * A second name of the file; a copy where that is not possible, such as on another disk. Of a symbolic link, a link to the same
 * file, whose relative target would be another one elsewhere. Fails if there is a file.
 */
async function linkOrCopy(from: string, to: string): Promise<void> {
  if ((await fs.promises.lstat(from)).isSymbolicLink())
    return fs.promises.symlink(await targetAt(from, to), to);
  try {
    await fs.promises.link(from, to);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const bytes = await fs.promises.readFile(from);
    const handle = await fs.promises.open(to, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } catch (cause) {
      await fs.promises.rm(to, { force: true }).catch(() => undefined);
      throw cause;
    } finally {
      await handle.close();
    }
  }
}

/** What a symbolic link must contain at `to` to lead where it leads at `from`. */
async function targetAt(from: string, to: string): Promise<string> {
  const target = await fs.promises.readlink(from);
  if (node.path.isAbsolute(target)) return target;
  const folderOf = (path: string) => fs.promises.realpath(node.path.dirname(path));
  return node.path.relative(await folderOf(to), node.path.resolve(await folderOf(from), target));
}

const NO_LINKS = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];
