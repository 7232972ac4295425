/** Which subgraphs know an interface as one object (`@interfaceObject`), as a supergraph says it. */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { argumentOf, graphOf } from './join-directives.ts';

export type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export function isInterfaceObject(joined: ConstDirectiveNode): boolean {
  const value = argumentOf(joined, 'isInterfaceObject')?.value;
  return value?.kind === Kind.BOOLEAN && value.value;
}

/** More than one subgraph knows the interface as an object. */
export function hasSeveralStandIns({ directives = [] }: Composite): boolean {
  return new Set(directives.filter(isInterfaceObject).map(graphOf)).size > 1;
}

/** Interfaces that a subgraph knows as an object. */
export function interfacesWithStandIns({ definitions }: DocumentNode): ReadonlySet<string> {
  const stoodFor = definitions
    .filter(isComposite)
    .filter(({ directives = [] }) => directives.some(isInterfaceObject));
  return new Set(stoodFor.map(({ name }) => name.value));
}

function isComposite(definition: DefinitionNode): definition is Composite {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}
