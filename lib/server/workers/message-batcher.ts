/**
 * Messages on their way to another process. Those of one turn of the loop go as one, in order: each takes a system call at both
 * ends, and wakes who gets it.
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
