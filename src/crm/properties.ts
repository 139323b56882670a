// Properties that several records have, declared once; a record adds what its own filters and orders offer.

import { sql } from '../platform/database/sql.js';
import { Decimal, Tags, Text, Url } from '../platform/records/decorators.js';
import type { PropertyOptions } from '../platform/records/property.js';

type More = Partial<PropertyOptions>;

/** The number that the server gives, such as `example`. */
export const Code = (example: string) =>
  Text({
    description: `Number that the server assigns, e.g. \`${example}\`, unique in the organization.`,
    by: 'number',
    filter: true,
    order: 'Sorts by the digits of the number: 9999 before 10000.',
    sorted: { kind: 'decimal', sql: ({ table }) => sql`substring(${table}.code from '[0-9]+$')::numeric` },
    search: true,
  });

const addressLine = (part: string, max: number) => (more?: More) =>
  Text({
    description: `${part} of the address.`,
    max,
    nullable: true,
    input: `${part} of the address, at most ${max} characters.`,
    by: part.toLowerCase(),
    ...more,
  });

export const Street = addressLine('Street and number', 255);
export const City = addressLine('City', 100);
export const State = addressLine('State or province', 100);
export const PostalCode = addressLine('Postal code', 20);
export const Country = addressLine('Country', 100);

export const Website = () => Url({ description: 'URL of the website, http or https.', nullable: true, input: true });

export const Industry = () =>
  Text({
    description: 'Line of business, free text of at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
    by: 'line of business',
    filter: true,
    group: true,
  });

export const TaxId = () =>
  Text({ description: 'Tax identification number, at most 50 characters.', max: 50, nullable: true, input: true });

export const PaymentTerms = () =>
  Text({
    description: 'Agreed payment terms, e.g. `30 days net`; at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
  });

export const Rating = (more?: More) =>
  Decimal({
    description: 'Rating from 1 (worst) to 5 (best), with up to 2 decimals.',
    precision: 3,
    min: 1,
    max: 5,
    nullable: true,
    input: true,
    filter: true,
    order: true,
    ...more,
  });

export const CreditLimit = (more?: More) =>
  Decimal({
    description: "Credit limit in the organization's currency, from 0.",
    precision: 15,
    nullable: true,
    input: true,
    ...more,
  });

export const Origin = (description: string) =>
  Text({ description, max: 100, nullable: true, input: true, by: 'origin', filter: true, group: true });

/** Free labels of `owner`, such as `the lead`. */
export const Labels = (owner: string, more?: More) =>
  Tags({
    description: `Free labels of ${owner}.`,
    input: 'Free labels: at most 20, of 1–50 characters each.',
    filter: true,
    ...more,
  });
