/** The folder of an append-only file (`appenddirname` in `dir`): its manifest, as it is on the disk, and its files. */
import { type Binary, binaryOf, bytesOf, textOf } from '../../redis/bytes.ts';
import { systemError } from '../../redis/system-error.ts';
import type { DiskFile } from '../../redis/world.ts';
import type { AofHost } from './contract.ts';
import { removeLeftover } from './leftover.ts';
import { isEmpty, type Manifest, ManifestError, manifestText, NO_FILES, parseManifest } from './manifest.ts';

export class AofFolder {
  readonly #host: AofHost;
  #manifest: Manifest = NO_FILES;
  /** A manifest that may be on the disk instead: it took its place, and then the disk did not say that this lasts. */
  #doubtful: Manifest = NO_FILES;
  #read = false;

  constructor(host: AofHost) {
    this.#host = host;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  get isRead(): boolean {
    return this.#read;
  }

  /** `appendfilename`: what the names of its files begin with. */
  get name(): string {
    return this.#host.settings.text('appendfilename');
  }

  get path(): string {
    return `${this.#host.settings.text('dir')}/${this.#host.settings.text('appenddirname')}`;
  }

  /** An increment that no manifest lists yet. */
  get temporaryIncrement(): string {
    return `temp-${this.name}.incr`;
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  /** A path in `dir`, where a rewrite has its temporary files. */
  beside(name: string): string {
    return `${this.#host.settings.text('dir')}/${name}`;
  }

  /** To go on where it ends. */
  open(name: string): DiskFile {
    return this.#host.world.disk.open(this.pathOf(name), 'append');
  }

  /** An empty file, which is there when a manifest that lists it is. */
  create(name: string): DiskFile {
    const file = this.#host.world.disk.open(this.pathOf(name), 'create');
    file.syncNow();
    return file;
  }

  /** Removes a file that did not come into a manifest; it stays when the disk may hold one that names it. */
  removeUnnamed(name: string): void {
    if (!namesOf(this.#doubtful).has(name)) removeLeftover(this.#host.world.disk, this.pathOf(name));
  }

  make(): void {
    this.#host.world.disk.makeFolder(this.path);
  }

  /** Reads the manifest; the text with which a starting node must end, when it makes no sense. */
  read(): string | undefined {
    this.#manifest = NO_FILES;
    const path = this.pathOf(this.#manifestName);
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#host.world.disk.read(path);
      this.#manifest = bytes === undefined ? NO_FILES : parseManifest(binaryOf(bytes));
    } catch (error) {
      if (error instanceof ManifestError) return this.#refuse(error);
      return `Fatal error: can't open the AOF manifest file ${path} for reading: ${systemError(error)}`;
    }
    this.#read = true;
    return undefined;
  }

  readOnce(): string | undefined {
    return this.#read ? undefined : this.read();
  }

  #refuse({ message, line }: ManifestError): string {
    const { log } = this.#host;
    log('warning', '\n*** FATAL AOF MANIFEST FILE ERROR ***\n');
    if (line !== undefined) {
      log('warning', `Reading the manifest file, at line ${line.number}\n`);
      log('warning', `>>> '${textOf(line.text)}'\n`);
    }
    return `${message}\n`;
  }

  /** Before 7.0 there was one file, in `dir` itself: it becomes the base. Returns why it could not. */
  upgrade(): string | undefined {
    const { world, log } = this.#host;
    const { disk } = world;
    const { name } = this;
    const old = this.beside(name);
    const { base, increments } = this.#manifest;
    // The last attempt may have come as far as the manifest.
    const half = base?.name === name && increments.length === 0 && !disk.exists(this.pathOf(name));
    if (!(isEmpty(this.#manifest) || half) || !disk.exists(old)) return undefined;
    try {
      this.make();
      this.save({ ...NO_FILES, base: { name, sequence: 1 }, baseSequence: 1 });
      disk.rename(old, this.pathOf(name));
    } catch (error) {
      const folder = this.#host.settings.text('appenddirname');
      return `Error trying to move the old AOF file ${name} into dir ${folder}: ${systemError(error)}`;
    }
    const folder = this.#host.settings.text('appenddirname');
    log(
      'notice',
      `Successfully migrated an old-style AOF file (${name}) into the AOF directory (${folder}).`,
    );
    return undefined;
  }

  /** Puts another manifest in place of the one on the disk. Throws what the disk throws; then the old one counts. */
  save(manifest: Manifest): void {
    const text = manifestText(manifest);
    try {
      if (text !== manifestText(this.#manifest)) this.#write(text);
    } catch (error) {
      if (this.#holds(text)) this.#doubt(manifest);
      throw error;
    }
    this.#manifest = manifest;
    this.#read = true;
  }

  /** The manifest that now is in place does not count. */
  #doubt(manifest: Manifest): void {
    this.#doubtful = manifest;
    try {
      this.settle();
    } catch {
      // Either may be read at the next start. All files that they name are there.
    }
  }

  /** Before files are written anew: the disk holds the manifest that counts, and no other. Throws what the disk throws. */
  settle(): void {
    if (this.#doubtful === NO_FILES) return;
    const text = manifestText(this.#manifest);
    if (text === '') this.#host.world.disk.remove(this.pathOf(this.#manifestName));
    else this.#write(text);
    this.#doubtful = NO_FILES;
  }

  #holds(text: Binary): boolean {
    try {
      const bytes = this.#host.world.disk.read(this.pathOf(this.#manifestName));
      return bytes !== undefined && binaryOf(bytes) === text;
    } catch {
      return true;
    }
  }

  #write(text: Binary): void {
    const { disk } = this.#host.world;
    const temporary = this.pathOf(`temp-${this.#manifestName}`);
    const file = disk.open(temporary, 'create');
    try {
      file.append(bytesOf(text));
      file.syncNow();
    } finally {
      file.close();
    }
    disk.rename(temporary, this.pathOf(this.#manifestName));
    this.#doubtful = NO_FILES;
  }

  /** Files that a rewrite made superfluous go, unless somebody wants to keep them (aof-disable-auto-gc). */
  removeHistory(): void {
    const { log, settings, world } = this.#host;
    const { history } = this.#manifest;
    if (history.length === 0 || settings.flag('aof-disable-auto-gc')) return;
    // redis-server may give an increment the name of one that is history, when a rewrite has left no other.
    const inUse = new Set([...namesOf(this.#manifest), ...namesOf(this.#doubtful)]);
    try {
      for (const { name } of history) {
        if (inUse.has(name)) continue;
        log('notice', `Removing the history file ${name} in the background`);
        world.disk.remove(this.pathOf(name));
      }
      this.save({ ...this.#manifest, history: [] });
    } catch (error) {
      // They are not read, and the next start tries again.
      log('warning', `Can't remove history files: ${systemError(error)}`);
    }
  }

  get #manifestName(): string {
    return `${this.name}.manifest`;
  }
}

/** What a manifest has read in at the start. */
function namesOf({ base, increments }: Manifest): Set<string> {
  return new Set([...(base === undefined ? [] : [base]), ...increments].map(({ name }) => name));
}
