// @ts-check
// The file format of `go tool pprof`: profile.proto, gzipped, with the sample types that Go writes.
// A location is a pc. Its lines are the functions that were inlined there, innermost first.

import * as proto from 'pprof-format';
import { gunzip, gzip, isGzip } from './gzip.js';
import { kindByTypes, kindOf, sameTypes } from './kinds.js';
import { frameOf, Index, notA, profileOf, samplesOf } from './samples.js';

/** @typedef {import('../index.d.ts').Frame} Frame */
/** @typedef {import('./index.d.ts').AnyProfile} AnyProfile */
/** @typedef {import('./samples.js').Sample} Sample */

const labelKey = 'label';
const blockSizeKey = 'bytes';
// The figures of some kinds have the same names.
const kindComment = 'kind: ';
const nsPerMs = 1_000_000;

/** pcs are 32-bit numbers. */
const pcLimit = 2 ** 32;

/**
 * A profile as a file for `go tool pprof` and other tools that read its format.
 * @param {AnyProfile} profile
 * @returns {Promise<Uint8Array>} gzipped
 */
export async function toPprof(profile) {
  const samples = samplesOf(profile);
  const kind = kindOf(profile.kind);
  const strings = new proto.StringTable();
  const text = (/** @type {string} */ value) => strings.dedup(value);
  const valueType = (/** @type {{ type: string, unit: string }} */ { type, unit }) => ({
    type: text(type),
    unit: text(unit),
  });
  const { functions, locations, locationsOf } = makeTables(text);
  const file = new proto.Profile({
    sampleType: kind.columns.map(valueType),
    sample: samples.map((sample) => ({
      locationId: locationsOf(sample.frames),
      value: sample.values,
      label: labelsOf(sample, kind, text),
    })),
    mapping: [makeMapping(profile, text)],
    location: locations,
    function: functions,
    stringTable: strings,
    timeNanos: BigInt(Math.round(profile.timeMs ?? Date.now())) * BigInt(nsPerMs),
    durationNanos: profile.durationNs ?? 0,
    comment: [text(`${kindComment}${profile.kind}`)],
    periodType: valueType(kind.periodType),
    period: kind.period(profile),
    defaultSampleType: kind.defaultType ? text(kind.defaultType) : 0,
  });
  return gzip(file.encode());
}

/**
 * @param {AnyProfile} profile
 * @param {(value: string) => number} text
 */
function makeMapping({ program }, text) {
  return {
    id: 1,
    memoryStart: 0,
    memoryLimit: pcLimit,
    filename: text(program?.name ?? ''),
    buildId: text(program?.buildId ?? ''),
    hasFunctions: true,
    hasFilenames: true,
    hasLineNumbers: true,
    hasInlineFrames: true,
  };
}

/**
 * The tables of functions and locations. They grow when a new stack is looked up.
 * @param {(value: string) => number} text
 */
function makeTables(text) {
  /** @type {Index<import('pprof-format').FunctionInput>} */
  const functions = new Index();
  /** @type {Index<import('pprof-format').LocationInput>} */
  const locations = new Index();
  const functionId = (/** @type {Frame} */ { func, file }) =>
    functions.of(`${func}\t${file}`, () => {
      const name = text(func);
      return { id: functions.list.length + 1, name, systemName: name, filename: text(file) };
    }) + 1;
  const locationId = (/** @type {Frame[]} */ frames) => {
    const line = frames.map((frame) => ({ functionId: functionId(frame), line: frame.line }));
    const { pc } = frames[frames.length - 1];
    const key = [pc, ...line.flatMap((one) => [one.functionId, one.line])].join();
    const make = () => ({ id: locations.list.length + 1, mappingId: 1, address: pc, line });
    return locations.of(key, make) + 1;
  };
  return {
    functions: functions.list,
    locations: locations.list,
    locationsOf: (/** @type {Frame[]} */ frames) => chains(frames).map(locationId),
  };
}

/**
 * Groups frames by pc: inlined frames are grouped with the frame that they are inlined into.
 * @param {Frame[]} frames
 */
function chains(frames) {
  /** @type {Frame[][]} */
  const all = [];
  let open = false;
  for (const frame of frames) {
    if (open) all[all.length - 1].push(frame);
    else all.push([frame]);
    open = frame.inlined;
  }
  return all;
}

/**
 * @param {Sample} sample
 * @param {import('./kinds.js').Kind} kind
 * @param {(value: string) => number} text
 */
function labelsOf({ label, values }, kind, text) {
  const [blocks, bytes] = values;
  /** @type {import('pprof-format').LabelInput[]} */
  const labels = [];
  if (label !== '') labels.push({ key: text(labelKey), str: text(label) });
  if (kind.memory && blocks !== 0) {
    labels.push({ key: text(blockSizeKey), num: Math.trunc(bytes / blocks) });
  }
  return labels;
}

/**
 * Reads such a file, gzipped or not, if toPprof or Go wrote it. The file has no offsets and no
 * kinds of frames: they become 0 and 'user'.
 * @param {Uint8Array | ArrayBuffer} file
 * @returns {Promise<AnyProfile>}
 */
export async function fromPprof(file) {
  const bytes = new Uint8Array(file);
  const plain = isGzip(bytes)
    ? await gunzip(bytes).catch((cause) => {
        throw notA('pprof file', `its gzip is broken (${cause.message || cause.code || cause})`);
      })
    : bytes;
  const read = decode(plain);
  const string = (/** @type {number | bigint} */ at) => {
    const found = read.stringTable.strings[Number(at)];
    if (found === undefined) throw notA('pprof file', `it has no string ${at}`);
    return found;
  };
  const types = read.sampleType.map(({ type }) => string(type));
  const kind =
    commentedKind(read.comment.map(string), types) ??
    kindByTypes(types, string(read.defaultSampleType));
  if (kind === undefined)
    throw notA('profile of ours', `it counts ${types.join(', ') || 'nothing'}`);
  const frames = framesReader(read, string);
  const samples = read.sample.map(({ locationId, value, label }) => ({
    frames: locationId.flatMap((id) => frames(Number(id))),
    label: labelFrom(label, string),
    values: types.map((_, i) => signed(value[i] ?? 0)),
  }));
  return profileOf(kind, samples, { period: signed(read.period), ...aboutFrom(read, string) });
}

/** @param {Uint8Array} bytes */
function decode(bytes) {
  try {
    return proto.Profile.decode(bytes);
  } catch (cause) {
    throw notA('pprof file', /** @type {Error} */ (cause).message);
  }
}

/**
 * @param {proto.Profile} read
 * @param {(at: number | bigint) => string} string
 */
function aboutFrom({ timeNanos, durationNanos, mapping }, string) {
  const [first] = mapping;
  const program = first && { name: string(first.filename), buildId: string(first.buildId) };
  const duration = signed(durationNanos);
  return {
    timeMs: Number(BigInt(timeNanos) / BigInt(nsPerMs)),
    ...(duration > 0 && { durationNs: duration }),
    ...(program?.name && { program }),
  };
}

/**
 * @param {proto.Profile} read
 * @param {(at: number | bigint) => string} string
 */
function framesReader({ location, function: functions }, string) {
  const funcs = new Map(functions.map((func) => [Number(func.id), func]));
  const places = new Map(location.map((place) => [Number(place.id), place]));
  return (/** @type {number} */ id) => {
    const place = places.get(id);
    if (!place) throw notA('pprof file', `it has no location ${id}`);
    return place.line.map(({ functionId, line }, i) => {
      const func = funcs.get(Number(functionId));
      if (!func) throw notA('pprof file', `it has no function ${functionId}`);
      return frameOf({
        ...{ func: string(func.name), file: string(func.filename), line: signed(line) },
        ...{ inlined: i < place.line.length - 1, pc: Number(place.address) },
      });
    });
  };
}

/**
 * The kind that toPprof wrote, if the file's figures are still those of that kind.
 * @param {string[]} comments
 * @param {string[]} types
 */
function commentedKind(comments, types) {
  const kinds = comments.flatMap((text) =>
    text.startsWith(kindComment) ? [text.slice(kindComment.length)] : [],
  );
  return kinds.find((kind) => sameTypes(kind, types));
}

/**
 * @param {proto.Label[]} labels
 * @param {(at: number | bigint) => string} string
 */
function labelFrom(labels, string) {
  const ours = labels.find(({ key }) => string(key) === labelKey);
  return ours ? string(ours.str) : '';
}

/** Large and negative numbers are stored as unsigned 64 bits. @param {number | bigint} value */
const signed = (value) => Number(BigInt.asIntN(64, BigInt(value)));
