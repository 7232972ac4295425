/**
 * The little of WebAssembly's API that is used here, typed: Node has the global, but its types come with the
 * browser's, which do not belong into a server. Also the reason why these types differ from the browser's:
 * every memory here is shared.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** By pages of 64 KiB. @throws RangeError beyond the maximum, or when there is no more. */
  grow(pages: number): number;
}

/** A compiled module; opaque. */
export type WasmModule = object;

interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
