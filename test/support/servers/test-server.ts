/** A real server on data of its own, to which a test may do what happens to servers. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Starts it again, on the same port and the same data; resolves once it accepts connections. */
  start(): Promise<void>;
  /** As `kill -9`: nothing is flushed, nobody is told. Its data stays. */
  kill(): Promise<void>;
  /** It hangs: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it for good, and removes its data. */
  close(): Promise<void>;
}
