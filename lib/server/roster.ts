/** What can stand in a {@link Roster}. */
export interface RosterMember {
  /** Its place in the roster, kept by it. */
  slot: number;
}

/**
 * Those who are here now, in no order. A Set would do, but for the garbage collector: a Set that members enter and leave
 * by the thousands a second is rebuilt all the time, its old tables still name their members, and as they have grown old
 * with the Set, each takes what it names along: connections long closed were kept, and copied, until the next full
 * collection.
 */
export class Roster<Member extends RosterMember> implements Iterable<Member> {
  private readonly members: Member[] = [];

  get size(): number {
    return this.members.length;
  }

  add(member: Member): void {
    member.slot = this.members.push(member) - 1;
  }

  /** Takes out a member that is in. */
  delete({ slot }: Member): void {
    const last = this.members.pop();
    if (last === undefined || last.slot === slot) return;
    last.slot = slot;
    this.members[slot] = last;
  }

  /** Those who are in at the moment of asking, whoever leaves meanwhile. */
  [Symbol.iterator](): IterableIterator<Member> {
    return [...this.members].values();
  }
}
