// One worker: JavaScript comes in by standard input, what its tokens say goes out by standard output.
//
//   node [--permission ...] tokens.mjs FILE-URL-OF-ACORN
//
// Every message is a length (u32, little endian) and as many bytes. The first one in is JSON: {watch: [...]}, the words
// to be noticed; each one after that is a source. For each source one JSON value goes out (`_Answer` in worker.py).
// Nothing that comes in is ever executed.
import { readSync, writeSync } from "node:fs";
import { isAscii, isUtf8 } from "node:buffer";
import { makeReader } from "./reader.mjs";

const acorn = await import(process.argv[2]);

function readExactly(length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const got = readSync(0, bytes, at, length - at, null);
    if (got === 0) return null;
    at += got;
  }
  return bytes;
}

function receive() {
  const head = readExactly(4);
  return head === null ? null : readExactly(head.readUInt32LE(0));
}

function send(value) {
  const body = Buffer.from(JSON.stringify(value));
  const message = Buffer.allocUnsafe(4 + body.length);
  message.writeUInt32LE(body.length, 0);
  body.copy(message, 4);
  for (let at = 0; at < message.length; ) at += writeSync(1, message, at);
}

const STRIDE = 64;

// Offsets in UTF-16 units -> offsets in bytes of UTF-8, by a checkpoint every STRIDE units.
function byteOffsets(text) {
  const points = new Uint32Array(Math.ceil(text.length / STRIDE) + 1);
  for (let i = 0, bytes = 0; i < text.length; i++) {
    if (i % STRIDE === 0) points[i / STRIDE] = bytes;
    bytes += width(text.charCodeAt(i));
  }
  return (unit) => {
    let i = unit - (unit % STRIDE);
    if (i >= text.length && i > 0) i -= STRIDE;
    let bytes = points[i / STRIDE];
    for (; i < unit; i++) bytes += width(text.charCodeAt(i));
    return bytes;
  };
}

function width(code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code >= 0xd800 && code <= 0xdfff ? 2 : 3; // half of a pair: a pair is four bytes
}

function inBytes(answer, offset) {
  for (const literal of answer.literals) {
    literal[0] = offset(literal[0]);
    literal[1] = offset(literal[1]);
  }
  for (const name of answer.names) name[2] = offset(name[2]);
  for (const seen of answer.watched) seen[2] = offset(seen[2]);
  for (const error of answer.errors) {
    error[0] = offset(error[0]);
    error[1] = offset(error[1]);
  }
  return answer;
}

function answerTo(source, read) {
  // Bytes that are no UTF-8 are read as Latin-1, one unit a byte: offsets hold, and ASCII is ASCII in both.
  if (isAscii(source) || !isUtf8(source)) return read(source.latin1Slice());
  const text = source.utf8Slice();
  return inBytes(read(text), byteOffsets(text));
}

const settings = JSON.parse(receive().toString());
const read = makeReader(acorn, settings);
for (let source = receive(); source !== null; source = receive()) send(answerTo(source, read));
