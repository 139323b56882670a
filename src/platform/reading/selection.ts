import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionSetNode,
} from 'graphql';

interface Surroundings extends Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'> {
  onDirective(): void;
}

const made = new WeakMap<FieldNode, Selection>();

/** Which fields of an object are asked for, by name; aliases of one field are merged, since rows carry it once. */
export class Selection {
  private readonly fields = new Map<string, Selection>();
  /** Fragments already collected here: fragments that spread each other twice would double with every step. */
  private readonly spread = new Set<string>();

  /** A selection made by hand, for rows that are not the selected type itself. */
  static from(fields: Record<string, Selection>): Selection {
    const selection = new Selection();
    for (const [name, below] of Object.entries(fields)) selection.fields.set(name, below);
    return selection;
  }

  /** Made once for a field of a document, unless variables decide about a part of it. */
  static of(info: GraphQLResolveInfo): Selection {
    const [node, ...others] = info.fieldNodes;
    const known = others.length === 0 && made.get(node!);
    if (known) return known;
    const selection = new Selection();
    let isFixed = others.length === 0;
    const around = {
      ...info,
      onDirective: () => {
        isFixed = false;
      },
    };
    for (const { selectionSet } of info.fieldNodes) if (selectionSet) selection.collect(selectionSet, around);
    if (isFixed) made.set(node!, selection);
    return selection;
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  /** What is asked for below; empty when the field is not selected. */
  at(...path: string[]): Selection {
    return path.reduce<Selection>((here, name) => here.fields.get(name) ?? new Selection(), this);
  }

  names(): IterableIterator<string> {
    return this.fields.keys();
  }

  with(other: Selection): Selection {
    if (other.fields.size === 0) return this;
    const both = new Selection();
    for (const { fields } of [this, other])
      for (const [name, below] of fields) both.fields.set(name, both.fields.get(name)?.with(below) ?? below);
    return both;
  }

  private collect({ selections }: SelectionSetNode, around: Surroundings): void {
    for (const node of selections) {
      if (isLeftOut(node, around)) continue;
      if (node.kind === Kind.FIELD) this.add(node, around);
      else if (node.kind === Kind.INLINE_FRAGMENT) this.collect(node.selectionSet, around);
      else if (!this.spread.has(node.name.value)) {
        this.spread.add(node.name.value);
        this.collect((around.fragments[node.name.value] as FragmentDefinitionNode).selectionSet, around);
      }
    }
  }

  private add({ name, selectionSet }: FieldNode, around: Surroundings): void {
    const below = this.fields.get(name.value) ?? new Selection();
    this.fields.set(name.value, below);
    if (selectionSet) below.collect(selectionSet, around);
  }
}

function isLeftOut(
  node: SelectionSetNode['selections'][number],
  { variableValues, onDirective }: Surroundings,
): boolean {
  if (!node.directives?.length) return false;
  onDirective();
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false
  );
}
