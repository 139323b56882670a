import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { tooComplex } from '../limits.js';
import { responseKey } from '../root-fields.js';
import type { Variables } from './sent-arguments.js';

/** Selected fields of one position in the answer; positions that select the same share a plan. */
export interface Plan {
  type: GraphQLObjectType;
  fields: PlannedField[];
}

export interface PlannedField {
  key: string;
  node: FieldNode;
  definition: GraphQLField<unknown, unknown>;
  isList: boolean;
  isObject: boolean;
  /** The selections of its object, one for each type that it can have. */
  below: readonly Plan[];
}

/** Selections visited for one document. Fragments that spread each other can multiply a small document. */
const mostVisits = 20_000;

/** Merges the selections of an operation, as its execution does. */
export function planOf(
  schema: GraphQLSchema,
  { definitions }: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
  variables: Variables,
): Plan {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return new Planner(schema, fragments, variables).plan(schema.getRootType(operation)!, [selectionSet]);
}

class Planner {
  private readonly plans = new Map<string, Plan>();
  private readonly ids = new Map<SelectionSetNode, number>();
  private visits = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Variables,
  ) {}

  plan(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Plan {
    const name = `${type.name} ${sets
      .map((set) => this.idOf(set))
      .sort()
      .join(' ')}`;
    const known = this.plans.get(name);
    if (known) return known;
    const collected = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) this.collect(set, type, collected, spread);
    const fields = [...collected.values()].map((nodes) => this.field(type, nodes));
    const plan = { type, fields };
    this.plans.set(name, plan);
    return plan;
  }

  private field(type: GraphQLObjectType, nodes: FieldNode[]): PlannedField {
    const node = nodes[0]!;
    const definition = type.getFields()[node.name.value]!;
    const named = getNamedType(definition.type);
    const sets = [...new Set(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))];
    const types = isAbstractType(named) ? this.schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
    return {
      key: responseKey(node),
      node,
      definition,
      isList: isListType(getNullableType(definition.type)),
      isObject: isCompositeType(named),
      below: types.map((possible) => this.plan(possible, sets)),
    };
  }

  /** Introspection is left out, since it costs nothing. */
  private collect(
    { selections }: SelectionSetNode,
    type: GraphQLObjectType,
    collected: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): void {
    for (const node of selections) {
      this.visits += 1;
      if (this.visits > mostVisits)
        throw tooComplex(`The document's fragments combine to more than ${mostVisits} selections`);
      if (this.isLeftOut(node)) continue;
      if (node.kind === Kind.FIELD) {
        if (!node.name.value.startsWith('__')) push(collected, responseKey(node), node);
        continue;
      }
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(node.name.value)) continue;
        spread.add(node.name.value);
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(node.name.value)! : node;
      const condition = fragment.typeCondition?.name.value ?? type.name;
      if (condition === type.name || type.getInterfaces().some(({ name }) => name === condition))
        this.collect(fragment.selectionSet, type, collected, spread);
    }
  }

  /** A condition that is missing or null is a fault, which is reported later. */
  private isLeftOut({ directives = [] }: SelectionNode): boolean {
    return directives.some(({ name, arguments: sent = [] }) => {
      const condition = valueFromASTUntyped(sent[0]!.value, this.variables as Record<string, unknown>);
      return name.value === 'skip' ? condition === true : name.value === 'include' && condition === false;
    });
  }

  private idOf(set: SelectionSetNode): number {
    const id = this.ids.get(set) ?? this.ids.size;
    this.ids.set(set, id);
    return id;
  }
}

function push<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}
