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

interface CollectContext extends Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'> {
  onDirective(): void;
}

type Cache = WeakMap<FieldNode, Selection>;

const cache: Cache = new WeakMap();
/** Cached selections of an interface's fields, by the name of the object type. */
const cachesByType = new Map<string, Cache>();

/** The selected fields of an object, by name. Aliases of a field are merged, since a row has it once. */
export class Selection {
  private readonly fields = new Map<string, Selection>();
  /** Fragments collected already: without this, fragments that spread each other twice take exponential time. */
  private readonly spread = new Set<string>();

  /** A selection from nested selections, for rows whose type is not the selected one. */
  static from(fields: Record<string, Selection>): Selection {
    const selection = new Selection();
    for (const [name, below] of Object.entries(fields)) selection.fields.set(name, below);
    return selection;
  }

  /** The selection of a field, cached unless variables decide about a part of it. */
  static of(info: GraphQLResolveInfo): Selection {
    return Selection.cached(cache, info);
  }

  /** The selection of a field that returns an interface, for objects of one type. */
  static ofType(info: GraphQLResolveInfo, type: GraphQLObjectType): Selection {
    const cacheOfType: Cache = cachesByType.get(type.name) ?? new WeakMap();
    cachesByType.set(type.name, cacheOfType);
    return Selection.cached(cacheOfType, info, type);
  }

  private static cached(cache: Cache, info: GraphQLResolveInfo, type?: GraphQLObjectType): Selection {
    const [node, ...others] = info.fieldNodes;
    const known = others.length === 0 && cache.get(node!);
    if (known) return known;
    const selection = new Selection();
    let isFixed = others.length === 0;
    const context = {
      ...info,
      onDirective: () => {
        isFixed = false;
      },
    };
    for (const { selectionSet } of info.fieldNodes) if (selectionSet) selection.collect(selectionSet, context, type);
    if (isFixed) cache.set(node!, selection);
    return selection;
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  /** The selection below a field; empty if the field is not selected. */
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

  /** With a type, collects only what applies to it. Fields below are object types, so they need no type. */
  private collect({ selections }: SelectionSetNode, context: CollectContext, type?: GraphQLObjectType): void {
    for (const node of selections) {
      if (isLeftOut(node, context)) continue;
      if (node.kind === Kind.FIELD) this.add(node, context);
      else if (node.kind === Kind.INLINE_FRAGMENT) this.collectFragment(node, context, type);
      else if (!this.spread.has(node.name.value)) {
        this.spread.add(node.name.value);
        this.collectFragment(context.fragments[node.name.value] as FragmentDefinitionNode, context, type);
      }
    }
  }

  private collectFragment(fragment: Fragment, context: CollectContext, type?: GraphQLObjectType): void {
    if (!type || isAbout(type, fragment)) this.collect(fragment.selectionSet, context, type);
  }

  private add({ name, selectionSet }: FieldNode, context: CollectContext): void {
    const below = this.fields.get(name.value) ?? new Selection();
    this.fields.set(name.value, below);
    if (selectionSet) below.collect(selectionSet, context);
  }
}

type Fragment = InlineFragmentNode | FragmentDefinitionNode;

function isAbout(type: GraphQLObjectType, { typeCondition }: Fragment): boolean {
  const condition = typeCondition?.name.value ?? type.name;
  return [type, ...type.getInterfaces()].some(({ name }) => name === condition);
}

function isLeftOut(
  node: SelectionSetNode['selections'][number],
  { variableValues, onDirective }: CollectContext,
): boolean {
  if (!node.directives?.length) return false;
  onDirective();
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false
  );
}
