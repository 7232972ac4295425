/** HTTP outside GraphQL, free of any framework: the gateway mounts these in the embedded profile. */
export interface HttpRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRoute {
  readonly method: 'GET';
  /** With `:parameter` segments, e.g. `/artwork/:titleId`. */
  readonly path: string;
  handle(request: HttpRequest): Promise<HttpReply>;
}
