import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

/**
 * Opens the input of `bulwark eval`: a file, unpacked where its name ends in `.gz`, or standard input for `-`. The stream
 * fails with the file's error when it is read.
 */
export function openInput(name: string, stdin: Readable): Readable {
  if (name === '-') return stdin;
  const file = createReadStream(name, { highWaterMark: 1 << 18 });
  if (!name.endsWith('.gz')) return file;
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  file.on('error', (error) => unpacked.destroy(error));
  return file.pipe(unpacked);
}

/**
 * Splits a stream into the lines of a chunk at a time. Lines end with `\n` alone, or `\r\n`: the other line ends of Unicode may
 * stand inside a JSON string. Blank lines are left out; memory is bound by the longest line.
 */
export async function* readLines(stream: Readable): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let first = true;
  for await (const chunk of stream) {
    let text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer);
    if (first && text !== '') {
      first = false;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      pending.push(text);
      continue;
    }
    pending.push(text.slice(0, end));
    const lines = nonBlank(pending.join(''));
    pending = [text.slice(end + 1)];
    if (lines.length > 0) yield lines;
  }
  pending.push(decoder.end());
  const lines = nonBlank(pending.join(''));
  if (lines.length > 0) yield lines;
}

function nonBlank(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
