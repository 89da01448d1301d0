/** What is used of an R2 binding, in structural types, so that `env.BUCKET` fits as it is. */
export interface R2BindingLike {
  head(key: string): Promise<unknown>;
  put(key: string, value: never, options?: never): Promise<unknown>;
  createMultipartUpload(key: string, options?: never): Promise<object>;
}

/** The same, with the types that the wrapper works with inside. */
export interface InnerBucket {
  head(key: string): Promise<unknown>;
  get(key: string, options?: object): Promise<unknown>;
  put(key: string, value: unknown, options?: WriteOptions): Promise<unknown>;
  delete(keys: string | string[]): Promise<void>;
  list(options?: { limit?: number }): Promise<unknown>;
  createMultipartUpload(key: string, options?: WriteOptions): Promise<InnerUpload>;
  resumeMultipartUpload(key: string, uploadId: string): InnerUpload;
}

export interface WriteOptions {
  customMetadata?: Record<string, string>;
}

export interface InnerUpload {
  readonly key?: string;
  readonly uploadId: string;
  uploadPart(partNumber: number, value: unknown, options?: object): Promise<InnerPart>;
  abort(): Promise<void>;
  complete(parts: InnerPart[]): Promise<unknown>;
}

export interface InnerPart {
  partNumber: number;
  etag: string;
}
