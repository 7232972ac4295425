/** Documents that were read, by what they are looked up by; bounded by their characters, because that is what they take memory by. */
import type { DocumentNode } from 'graphql';

/** Kept per schema; a syntax tree takes some hundred times the bytes of its text. */
export const MAX_DOCUMENT_CHARACTERS = 500_000;

/** Forgets what was not used for longest. */
export class BoundedDocuments {
  readonly #byKey = new Map<string, DocumentNode>();
  readonly #max: number;
  #characters = 0;

  constructor(maxCharacters: number) {
    this.#max = maxCharacters;
  }

  get(key: string): DocumentNode | undefined {
    const document = this.#byKey.get(key);
    if (document === undefined) return undefined;
    this.#byKey.delete(key);
    this.#byKey.set(key, document);
    return document;
  }

  set(key: string, document: DocumentNode): void {
    this.delete(key);
    if (sizeOf(document) > this.#max) return;
    this.#byKey.set(key, document);
    this.#characters += sizeOf(document);
    for (const [oldest] of this.#byKey) {
      if (this.#characters <= this.#max) return;
      this.delete(oldest);
    }
  }

  /** @returns false when it is full: of what comes in order of use the rest is left out. */
  addBehind(key: string, document: DocumentNode): boolean {
    if (this.#characters + sizeOf(document) > this.#max) return false;
    this.set(key, document);
    return true;
  }

  delete(key: string): boolean {
    const document = this.#byKey.get(key);
    if (document !== undefined) this.#characters -= sizeOf(document);
    return this.#byKey.delete(key);
  }

  lastUsedFirst(): [string, DocumentNode][] {
    return [...this.#byKey].reverse();
  }
}

function sizeOf(document: DocumentNode): number {
  return document.loc?.end ?? 0;
}
