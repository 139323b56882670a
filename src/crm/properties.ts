// Properties that several records have, declared once; a record adds what its own filters and orders offer.

import { sql } from '../platform/database/sql.js';
import { Decimal, Text, Url } from '../platform/records/decorators.js';
import type { PropertyOptions } from '../platform/records/property.js';

type More = Partial<PropertyOptions>;

/** The number that the server gives, such as `example`. */
export const Code = (example: string) =>
  Text({
    description: `Number, e.g. \`${example}\`, unique in the organization.`,
    by: 'number',
    filter: true,
    order: 'By number: 9,999 before 10,000.',
    sorted: { kind: 'decimal', sql: ({ table }) => sql`substring(${table}.code from '[0-9]+$')::numeric` },
    search: true,
  });

const addressLine = (what: string, max: number) => (more?: More) =>
  Text({
    description: `${what}.`,
    max,
    nullable: true,
    input: `${what}, at most ${max} characters.`,
    by: what.toLowerCase(),
    ...more,
  });

export const Street = addressLine('Street and number', 255);
export const City = addressLine('City', 100);
export const State = addressLine('State or province', 100);
export const PostalCode = addressLine('Postal code', 20);
export const Country = addressLine('Country', 100);

export const Website = () => Url({ description: 'URL of the web site.', nullable: true, input: true });

export const Industry = () =>
  Text({
    description: 'Line of business.',
    max: 100,
    nullable: true,
    input: true,
    by: 'line of business',
    filter: true,
    group: true,
  });

export const TaxId = () => Text({ description: 'Tax number.', max: 50, nullable: true, input: true });

export const PaymentTerms = () => Text({ description: 'Payment terms.', max: 100, nullable: true, input: true });

export const Rating = (more?: More) =>
  Decimal({
    description: 'Rating, 1–5.',
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
    description: "Credit limit in the organization's currency.",
    precision: 15,
    nullable: true,
    input: true,
    ...more,
  });

export const Origin = (description: string) =>
  Text({ description, max: 100, nullable: true, input: true, by: 'origin', filter: true, group: true });
