/**
 * The little of WebAssembly's API that is used here, typed: Node has the global, but its types come with the browser's,
 * which do not belong into a server. Every memory here is shared.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

export interface WasmModule {
  readonly kind?: 'module';
}

interface WebAssemblyApi {
  /** Sizes in pages of 64 KiB. @throws RangeError when there is not as much */
  readonly Memory: new (descriptor: {
    initial: number;
    maximum: number;
    shared: true;
  }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
