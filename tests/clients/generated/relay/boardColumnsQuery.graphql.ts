/**
 * @generated SignedSource<<dd6468799c6dd7e9aa4da289c7d56d8c>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type boardColumnsQuery$variables = Record<PropertyKey, never>;
export type boardColumnsQuery$data = {
  readonly pipeline: {
    readonly id: string;
    readonly stages: ReadonlyArray<{
      readonly id: string;
      readonly name: string;
    }>;
  } | null | undefined;
};
export type boardColumnsQuery = {
  response: boardColumnsQuery$data;
  variables: boardColumnsQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Pipeline",
    "kind": "LinkedField",
    "name": "pipeline",
    "plural": false,
    "selections": [
      (v0/*:: as any*/),
      {
        "alias": null,
        "args": null,
        "concreteType": "PipelineStage",
        "kind": "LinkedField",
        "name": "stages",
        "plural": true,
        "selections": [
          (v0/*:: as any*/),
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
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "boardColumnsQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "boardColumnsQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "0b4a70a12c496cca902aa4cea4f622c6",
    "id": null,
    "metadata": {},
    "name": "boardColumnsQuery",
    "operationKind": "query",
    "text": "query boardColumnsQuery {\n  pipeline {\n    id\n    stages {\n      id\n      name\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "3e5ed772de00f76acd89573501e68f50";

export default node;
