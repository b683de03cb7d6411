/**
 * Sends messages to another process. Those of one turn of the event loop are sent as one, in order: each one sent costs
 * a system call at both ends, and wakes the receiver.
 */
export class MessageBatcher<Message> {
  private messages: Message[] = [];

  constructor(private readonly send: (messages: readonly Message[]) => void) {}

  post(message: Message): void {
    if (this.messages.push(message) === 1) setImmediate(this.flush);
  }

  private readonly flush = (): void => {
    const { messages } = this;
    this.messages = [];
    this.send(messages);
  };
}
