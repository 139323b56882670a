/**
 * @generated SignedSource<<a4f074efb77b50a04a3806b5e6ab4b0f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type DealStatus = "LOST" | "OPEN" | "WON" | "%future added value";
export type boardMoveDealMutation$variables = {
  expectedVersion: number;
  id: string;
  stageId: string;
};
export type boardMoveDealMutation$data = {
  readonly moveDealStage: {
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
export type boardMoveDealMutation$rawResponse = {
  readonly moveDealStage: {
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
export type boardMoveDealMutation = {
  rawResponse: boardMoveDealMutation$rawResponse;
  response: boardMoveDealMutation$data;
  variables: boardMoveDealMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "expectedVersion"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "id"
},
v2 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "stageId"
},
v3 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v4 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "expectedVersion",
        "variableName": "expectedVersion"
      },
      {
        "kind": "Variable",
        "name": "id",
        "variableName": "id"
      },
      {
        "kind": "Variable",
        "name": "stageId",
        "variableName": "stageId"
      }
    ],
    "concreteType": "Deal",
    "kind": "LinkedField",
    "name": "moveDealStage",
    "plural": false,
    "selections": [
      (v3/*:: as any*/),
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
          (v3/*:: as any*/),
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
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/),
      (v2/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "boardMoveDealMutation",
    "selections": (v4/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v2/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "boardMoveDealMutation",
    "selections": (v4/*:: as any*/)
  },
  "params": {
    "cacheID": "7cef88fd5b5860f3d9baf232cd6ece55",
    "id": null,
    "metadata": {},
    "name": "boardMoveDealMutation",
    "operationKind": "mutation",
    "text": "mutation boardMoveDealMutation(\n  $id: ID!\n  $stageId: ID!\n  $expectedVersion: Int!\n) {\n  moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {\n    id\n    version\n    title\n    status\n    stage {\n      id\n      name\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "d0555e7dab8d51d20f709f3fa5d757d6";

export default node;
