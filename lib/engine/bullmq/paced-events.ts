interface EventReader {
  readEvents(id: string, blockTimeout: number): Promise<unknown>;
}

/**
 * Each job makes several events, each wakes whoever listens, and each look for events is a question to the store: those
 * that come close together are read together.
 */
export function paced<Reader extends EventReader>(reader: Reader, eachMs: number): Reader {
  let readAt = -Infinity;
  const read = reader.readEvents.bind(reader);
  reader.readEvents = async (...given) => {
    const restMs = readAt + eachMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    try {
      return await read(...given);
    } finally {
      readAt = performance.now();
    }
  };
  return reader;
}
