/**
 * @generated SignedSource<<625cbeea1a0f4f655bc7732ce74e8e11>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type DealStatus = "LOST" | "OPEN" | "WON" | "%future added value";
export type boardDealQuery$variables = {
  id: string;
};
export type boardDealQuery$data = {
  readonly deal: {
    readonly id: string;
    readonly stage: {
      readonly id: string;
      readonly name: string;
    } | null | undefined;
    readonly status: DealStatus;
    readonly title: string;
    readonly version: number;
  } | null | undefined;
};
export type boardDealQuery = {
  response: boardDealQuery$data;
  variables: boardDealQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "id",
        "variableName": "id"
      }
    ],
    "concreteType": "Deal",
    "kind": "LinkedField",
    "name": "deal",
    "plural": false,
    "selections": [
      (v1/*:: as any*/),
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "version",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "title",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "status",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "PipelineStage",
        "kind": "LinkedField",
        "name": "stage",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "name",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "boardDealQuery",
    "selections": (v2/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "boardDealQuery",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "5d335c777680272ec831465974151e82",
    "id": null,
    "metadata": {},
    "name": "boardDealQuery",
    "operationKind": "query",
    "text": "query boardDealQuery(\n  $id: ID!\n) {\n  deal(id: $id) {\n    id\n    version\n    title\n    status\n    stage {\n      id\n      name\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "87c4d9b31bb276c8344720ffa92b3441";

export default node;
