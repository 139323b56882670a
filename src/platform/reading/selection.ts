import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

interface Surroundings extends Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'> {
  onDirective(): void;
}

type Made = WeakMap<FieldNode, Selection>;

const made: Made = new WeakMap();
/** Selections of single types, by their names. */
const madeOfTypes = new Map<string, Made>();

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
    return Selection.collected(made, info);
  }

  /** The same of a field that answers an interface: what is asked for where an object of the type stands. */
  static ofType(info: GraphQLResolveInfo, type: GraphQLObjectType): Selection {
    const own: Made = madeOfTypes.get(type.name) ?? new WeakMap();
    madeOfTypes.set(type.name, own);
    return Selection.collected(own, info, type);
  }

  private static collected(before: Made, info: GraphQLResolveInfo, type?: GraphQLObjectType): Selection {
    const [node, ...others] = info.fieldNodes;
    const known = others.length === 0 && before.get(node!);
    if (known) return known;
    const selection = new Selection();
    let isFixed = others.length === 0;
    const around = {
      ...info,
      onDirective: () => {
        isFixed = false;
      },
    };
    for (const { selectionSet } of info.fieldNodes) if (selectionSet) selection.collect(selectionSet, around, type);
    if (isFixed) before.set(node!, selection);
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

  /** With a type, only what stands there of it; below, objects have one type anyway. */
  private collect({ selections }: SelectionSetNode, around: Surroundings, type?: GraphQLObjectType): void {
    for (const node of selections) {
      if (isLeftOut(node, around)) continue;
      if (node.kind === Kind.FIELD) this.add(node, around);
      else if (node.kind === Kind.INLINE_FRAGMENT) this.collectFragment(node, around, type);
      else if (!this.spread.has(node.name.value)) {
        this.spread.add(node.name.value);
        this.collectFragment(around.fragments[node.name.value] as FragmentDefinitionNode, around, type);
      }
    }
  }

  private collectFragment(fragment: Fragment, around: Surroundings, type?: GraphQLObjectType): void {
    if (!type || isAbout(type, fragment)) this.collect(fragment.selectionSet, around, type);
  }

  private add({ name, selectionSet }: FieldNode, around: Surroundings): void {
    const below = this.fields.get(name.value) ?? new Selection();
    this.fields.set(name.value, below);
    if (selectionSet) below.collect(selectionSet, around);
  }
}

type Fragment = InlineFragmentNode | FragmentDefinitionNode;

function isAbout(type: GraphQLObjectType, { typeCondition }: Fragment): boolean {
  const condition = typeCondition?.name.value ?? type.name;
  return [type, ...type.getInterfaces()].some(({ name }) => name === condition);
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
