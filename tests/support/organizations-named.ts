import {
  type A_Expr,
  type ColumnRef,
  type FuncCall,
  type InsertStmt,
  loadModule,
  type Node,
  parseSync,
  type SelectStmt,
} from 'libpg-query';

await loadModule();

/** The parts of the database that a statement may name. */
export interface Catalogue {
  /** Tables of tenants, with the column that names the organization. */
  tables: ReadonlyMap<string, string>;
  /** Functions that read or write, with the place of the argument that names the organization; -1 if there is none. */
  functions: ReadonlyMap<string, number>;
}

/** A parameter, by its number, or a literal, and the use that takes it for its organization. */
interface Source {
  value: number | string;
  use: string;
}

export interface Named {
  sources: Source[];
  /** Tables and functions that it uses without naming one, with the ids that it asks for. */
  loose: string[];
}

type Verb = 'select' | 'insert' | 'update' | 'delete';
type Body = Record<string, unknown>;

/** The name of a relation within a query. */
interface Seat {
  alias: string;
  /** The column that names the organization. */
  key: string;
  /** Null for a subquery. */
  table: string | null;
  verb: Verb;
  /** Whether its organization is one that is named. */
  isBound: boolean;
  /** Ids that it is looked up by. */
  columns: Set<string>;
}

/** An equation between two expressions; one of an outer join tells nothing about the side that is kept. */
interface Equation {
  left: Node;
  right: Node;
  about: ReadonlySet<Seat> | null;
}

/** A query, with those around it. */
class Scope {
  readonly seats: Seat[] = [];
  readonly equations: Equation[] = [];
  /** Subqueries of FROM, in their order. */
  readonly derived: { seat: Seat; query: Node }[] = [];
  /** Whether a common table expression gives an organization that is named, by its name. */
  readonly shared = new Map<string, boolean>();

  constructor(readonly outer: Scope | null) {}

  sharedBy(name: string): boolean | undefined {
    return this.shared.get(name) ?? this.outer?.sharedBy(name);
  }

  /** The relation whose organization a column is; null if it is another column. */
  seatOf(column: ColumnRef): Seat | null {
    const [alias, name] = namesOf(column);
    const [table, derived] = [true, false].map((isTable) =>
      this.seats.find(
        (seat) => (seat.table !== null) === isTable && (alias ? seat.alias === alias : seat.key === name),
      ),
    );
    const found = table ?? derived;
    if (found) return found.key === name ? found : null;
    return this.outer?.seatOf(column) ?? null;
  }
}

const pairsOf = (left: Node, right: Node) =>
  [
    [left, right],
    [right, left],
  ] as const;

const useOf = ({ table, verb, columns }: Seat): string => {
  const ids = columns.has('id') ? ['id'] : [...columns].sort();
  return `${verb} ${table}${ids.length ? ` by ${ids}` : ''}`;
};

const namesOf = ({ fields = [] }: ColumnRef): [alias: string | null, name: string] => {
  const names = fields.map((field) => ('String' in field ? field.String.sval! : '*'));
  return names.length > 1 ? [names.at(-2)!, names.at(-1)!] : [null, names[0]!];
};

const operatorOf = ({ name = [] }: A_Expr): string => (name[0] && 'String' in name[0] ? name[0].String.sval! : '');

/** Reads one statement as PostgreSQL does. */
class Reading {
  readonly sources: Source[] = [];
  readonly loose = new Set<string>();
  /** Number of uses that name none, also of the same kind. */
  private misses = 0;

  constructor(private readonly catalogue: Catalogue) {}

  /** Reads a query: the names that it has, and whether an organization that it gives is one that is named. */
  query(node: Node, outer: Scope | null): { scope: Scope; gives: boolean } {
    const scope = new Scope(outer);
    const [[kind, body]] = Object.entries(node) as [[string, Body]];
    const { withClause, larg, rarg, fromClause, usingClause, whereClause, relation, ...rest } = body;
    for (const cte of (withClause as { ctes?: Node[] } | undefined)?.ctes ?? [])
      if ('CommonTableExpr' in cte) {
        const { ctename, ctequery } = cte.CommonTableExpr;
        // A recursive one names itself.
        scope.shared.set(ctename!, true);
        scope.shared.set(ctename!, this.query(ctequery!, scope).gives);
      }
    if (larg && rarg) {
      const sides = [larg, rarg].map((side) => this.query({ SelectStmt: side }, scope).gives);
      this.expressions(rest, scope);
      return { scope, gives: sides.every(Boolean) };
    }
    const verb = kind.replace('Stmt', '').toLowerCase() as Verb;
    if (relation && verb !== 'insert') this.from({ RangeVar: relation } as Node, scope, verb);
    for (const item of (fromClause ?? usingClause ?? []) as Node[]) this.from(item, scope, 'select');
    if (whereClause) this.equate(whereClause as Node, null, scope);
    const before = this.misses;
    this.bind(scope);
    if (verb === 'insert') this.insert(node as { InsertStmt: InsertStmt }, scope);
    else this.expressions([rest, whereClause], scope);
    const { targetList, returningClause } = body as { targetList?: Node[]; returningClause?: { exprs?: Node[] } };
    const targets = (kind === 'SelectStmt' ? targetList : returningClause?.exprs) ?? [];
    return { scope, gives: this.misses === before && this.isGiven(targets, scope) };
  }

  /** Whether the organization among the columns that a query gives, by name or by `*`, is one that is named. */
  private isGiven(targets: Node[], scope: Scope): boolean {
    const given = targets.flatMap((target) => {
      if (!('ResTarget' in target)) return [];
      const { name, val } = target.ResTarget;
      const own = val && 'ColumnRef' in val ? namesOf(val.ColumnRef)[1] : null;
      return (name ?? own) === 'organization_id' ? [val] : [];
    });
    if (given.length) return given.every((value) => this.isKnown(value, scope, 'a subquery'));
    return scope.seats.some(({ key, isBound }) => key && isBound);
  }

  private miss(use: string): void {
    this.misses += 1;
    this.loose.add(use);
  }

  private from(item: Node, scope: Scope, verb: Verb): Seat[] {
    const seat = (alias: string, table: string | null, isBound: boolean, key = 'organization_id'): Seat => {
      const made = { alias, key, table, verb, isBound, columns: new Set<string>() };
      scope.seats.push(made);
      return made;
    };
    if ('RangeVar' in item) {
      const { relname, alias } = item.RangeVar;
      const shared = scope.sharedBy(relname!);
      if (shared !== undefined) return [seat(alias?.aliasname ?? relname!, null, shared)];
      const key = this.catalogue.tables.get(relname!);
      const name = alias?.aliasname ?? relname!;
      // The name of a table of nobody's hides that of an outer query.
      return [key ? seat(name, relname!, false, key) : seat(name, null, true, '')];
    }
    if ('RangeSubselect' in item) {
      const { alias, subquery } = item.RangeSubselect;
      const made = seat(alias?.aliasname ?? '', null, false);
      scope.derived.push({ seat: made, query: subquery! });
      return [made];
    }
    if ('JoinExpr' in item) {
      const { larg, rarg, quals, jointype } = item.JoinExpr;
      const [left, right] = [this.from(larg!, scope, verb), this.from(rarg!, scope, verb)];
      const about = { JOIN_LEFT: right, JOIN_RIGHT: left, JOIN_FULL: [] }[jointype as string];
      if (quals) this.equate(quals, about ? new Set(about) : null, scope);
      if (quals) this.later.push([quals, scope]);
      return [...left, ...right];
    }
    this.later.push([item, scope]);
    return 'RangeFunction' in item && item.RangeFunction.alias
      ? [seat(item.RangeFunction.alias.aliasname!, null, true, '')]
      : [];
  }

  /** Expressions of FROM, which are read when its names are bound. */
  private later: [unknown, Scope][] = [];

  /** Notes the equations that a condition needs to be true. */
  private equate(condition: Node, about: ReadonlySet<Seat> | null, scope: Scope): void {
    if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR')
      for (const part of condition.BoolExpr.args ?? []) this.equate(part, about, scope);
    if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'OR_EXPR')
      this.equateAll(condition.BoolExpr.args ?? [], about, scope);
    if (!('A_Expr' in condition) || operatorOf(condition.A_Expr) !== '=') return;
    const { kind, lexpr, rexpr } = condition.A_Expr;
    const pairs = (left: Node, right: Node): void => {
      if ('RowExpr' in left && 'RowExpr' in right)
        for (const [n, one] of (left.RowExpr.args ?? []).entries()) pairs(one, right.RowExpr.args![n]!);
      else scope.equations.push({ left, right, about });
    };
    const rights = kind === 'AEXPR_IN' && 'List' in rexpr! ? (rexpr.List.items ?? []) : [rexpr!];
    if (kind === 'AEXPR_OP' || kind === 'AEXPR_IN') for (const right of rights) pairs(lexpr!, right);
    else if (kind === 'AEXPR_OP_ANY') scope.equations.push({ left: lexpr!, right: { List: {} }, about });
  }

  /** Notes the equations of a column with values that each of some conditions has; the values are compared later. */
  private equateAll(conditions: Node[], about: ReadonlySet<Seat> | null, scope: Scope): void {
    const branches = conditions.map((condition) => {
      const first = scope.equations.length;
      this.equate(condition, about, scope);
      return scope.equations.splice(first);
    });
    const columnsOf = (equations: Equation[]) =>
      equations.flatMap(({ left, right }) =>
        'ColumnRef' in left && !('ColumnRef' in right) ? [namesOf(left.ColumnRef).join('.')] : [],
      );
    const common = new Set(columnsOf(branches[0] ?? []));
    for (const branch of branches)
      for (const name of common) if (!columnsOf(branch).includes(name)) common.delete(name);
    scope.equations.push(
      ...branches.flat().filter((equation) => columnsOf([equation]).some((name) => common.has(name))),
    );
  }

  /** Follows the equations from known organizations to the relations that have the same, and so through subqueries. */
  private bind(scope: Scope): void {
    for (const { left, right } of scope.equations)
      for (const [side, other] of pairsOf(left, right))
        if ('ColumnRef' in side && !('ColumnRef' in other)) {
          const [alias, name] = namesOf(side.ColumnRef);
          const seat = scope.seats.find((one) => (alias ? one.alias === alias : one.table));
          if (/^(?!organization).*id$/.test(name)) seat?.columns.add(name);
        }
    this.spread(scope);
    for (const { seat, query } of scope.derived) {
      seat.isBound = this.query(query, scope).gives;
      this.spread(scope);
    }
    for (const seat of scope.seats) if (seat.table && !seat.isBound) this.miss(useOf(seat));
    const ready = this.later.filter(([, of]) => of === scope);
    this.later = this.later.filter(([, of]) => of !== scope);
    for (const [expression] of ready) this.expressions(expression, scope);
  }

  private spread(scope: Scope): void {
    for (let before = -1, now = 0; now !== before; ) {
      before = now;
      for (const { left, right, about } of scope.equations)
        for (const [one, other] of pairsOf(left, right)) {
          const seat = 'ColumnRef' in one ? scope.seatOf(one.ColumnRef) : null;
          if (!seat || !scope.seats.includes(seat) || (about && !about.has(seat))) continue;
          if (this.isKnown(other, scope, useOf(seat))) seat.isBound = true;
        }
      now = scope.seats.filter(({ isBound }) => isBound).length;
    }
  }

  /** Whether an expression is an organization that is named, or that of a bound relation. */
  private isKnown(node: Node | undefined, scope: Scope, use: string): boolean {
    if (!node) return false;
    if ('TypeCast' in node) return this.isKnown(node.TypeCast.arg, scope, use);
    if ('ParamRef' in node) return this.comesFrom(node.ParamRef.number!, use);
    if ('A_Const' in node && node.A_Const.sval) return this.comesFrom(node.A_Const.sval.sval!, use);
    if ('ColumnRef' in node) return scope.seatOf(node.ColumnRef)?.isBound ?? false;
    return (
      'FuncCall' in node && nameOf(node.FuncCall) === 'set_config' && this.isKnown(node.FuncCall.args?.[1], scope, use)
    );
  }

  private comesFrom(value: Source['value'], use: string): true {
    this.sources.push({ value, use });
    return true;
  }

  private insert({ InsertStmt }: { InsertStmt: InsertStmt }, scope: Scope): void {
    const { relation, cols = [], selectStmt, returningClause, onConflictClause } = InsertStmt;
    const key = this.catalogue.tables.get(relation!.relname!);
    const place = cols.findIndex((column) => 'ResTarget' in column && column.ResTarget.name === key);
    const select = selectStmt && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : ({} as SelectStmt);
    const from = selectStmt ? this.query(selectStmt, scope).scope : scope;
    const rows = select.valuesLists?.map((row) => ('List' in row ? (row.List.items ?? []) : [])) ?? [
      (select.targetList ?? []).map((target) => ('ResTarget' in target ? target.ResTarget.val! : target)),
    ];
    const use = `insert ${relation!.relname}`;
    if (key && !rows.every((row) => this.isKnown(row[place], from, use))) this.miss(use);
    this.expressions([returningClause, onConflictClause], scope);
  }

  /** Reads the subqueries of expressions, and the functions that they call. */
  private expressions(part: unknown, scope: Scope): void {
    if (Array.isArray(part)) for (const one of part) this.expressions(one, scope);
    else if (part && typeof part === 'object')
      for (const [kind, body] of Object.entries(part)) {
        if (kind === 'subselect') this.query(body as Node, scope);
        else this.expressions(body, scope);
        if (kind === 'FuncCall') this.call(body as FuncCall, scope);
      }
  }

  private call(call: FuncCall, scope: Scope): void {
    const place = this.catalogue.functions.get(nameOf(call));
    const use = `call ${nameOf(call)}`;
    if (place !== undefined && !this.isKnown(call.args?.[place], scope, use)) this.miss(use);
  }
}

const nameOf = ({ funcname = [] }: FuncCall): string => {
  const last = funcname.at(-1);
  return last && 'String' in last ? last.String.sval! : '';
};

/** The organizations that a text of SQL names, by PostgreSQL's own parser. */
export function organizationsNamed(text: string, catalogue: Catalogue): Named {
  const reading = new Reading(catalogue);
  for (const { stmt } of parseSync(text).stmts ?? []) {
    const [kind] = Object.keys(stmt!);
    if (/^(Select|Insert|Update|Delete)Stmt$/.test(kind!)) reading.query(stmt!, null);
    else if (!/^(Transaction|VariableSet|VariableShow)Stmt$/.test(kind!)) reading.loose.add(kind!);
  }
  return { sources: reading.sources, loose: [...reading.loose].sort() };
}
