/** The wire format of protocol buffers. A development dependency, whose part that is needed the build puts into this file (scripts/bundleLibraries.mjs). */
export { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
