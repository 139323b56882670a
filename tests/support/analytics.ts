import type { Fields, Sender } from './customers.js';
import { day, newDeal, send } from './sales.js';

export const money = '{ amount currency otherCurrencies { amount currency } }';

/** What `analytics { … }` answers. */
export async function analytics<Answer = Fields>(sender: Sender, selection: string): Promise<Answer> {
  return (await sender.request<{ analytics: Answer }>(`{ analytics { ${selection} } }`)).analytics;
}

export const usd = (amount: string, ...otherCurrencies: Fields[]) => ({ amount, currency: 'USD', otherCurrencies });

export async function dealClosed(sender: Sender, input: Fields, verb: 'markWon' | 'markLost', actualCloseDate = day()) {
  const { id } = await newDeal(sender, input);
  const reason = verb === 'markLost' ? { lostReason: 'Budget' } : {};
  await send(sender, verb, { id, actualCloseDate, ...reason });
  return id;
}
