/** The names of records, by which people know them. */
const names = `fragment Name on Record {
  ... on Customer { name code }
  ... on Lead { name code }
  ... on Deal { title code }
  ... on Activity { title }
  ... on Employee { fullName code }
  ... on Vendor { name code }
  ... on Pipeline { name }
  ... on PipelineStage { name }
  ... on Organization { name }
  ... on Role { name }
  ... on Permission { resource action }
  ... on ApiKey { name }
  ... on Webhook { url }
  ... on Membership { user { fullName } }
  ... on UserProfile { user { fullName } }
}`;

export const choicesDocument = `query ChangesChoices {
  organization { id name timeZone }
  myPermissions { resource actions }
}`;

export const peopleDocument = `query ChangesPeople($after: String) {
  organizationMembers(first: 100, after: $after, includeInactive: true) {
    pageInfo { hasNextPage endCursor }
    nodes { isActive user { id fullName } }
  }
}`;

const about = 'id at actorName source operations undoes { id at actorName } undoneBy { id at actorName }';

export const setsDocument = `query ChangeSets($filter: ChangeSetFilter, $after: String, $isFirst: Boolean = false) {
  changeCursor @include(if: $isFirst)
  list: changeSets(filter: $filter, first: 25, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      ${about}
      counts { recordType action count }
      changes(first: 3) { nodes { recordId fields { name before after beforeLabel afterLabel } record { ...Name } } }
    }
  }
}

${names}`;

export const deletedDocument = `query DeletedRecords($filter: ChangeFilter, $after: String, $isFirst: Boolean = false) {
  changeCursor @include(if: $isFirst)
  list: deletedRecords(filter: $filter, first: 25, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      at
      recordType
      recordId
      fields { name before after beforeLabel afterLabel }
      changeSet { id actorName }
    }
  }
}`;

export const setDocument = `query ChangeSet($id: ID!, $first: Int! = 20, $after: String) {
  changeSet(id: $id) {
    ${about}
    counts { recordType action count }
    changes(first: $first, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id
        recordType
        recordId
        action
        isErased
        fields { name before after beforeLabel afterLabel }
        record { ...Name }
      }
    }
  }
}

${names}`;

export const undoDocument = `mutation UndoChangeSet($id: ID!, $mode: BulkMode!) {
  undoChangeSet(id: $id, mode: $mode) {
    summary { created updated unchanged deleted failed notAttempted }
    results {
      id
      recordType
      status
      errors { message reason }
      conflicts {
        field
        expected
        expectedLabel
        found
        foundLabel
        laterChangeSet { id at actorName }
      }
      record { ...Name }
    }
  }
}

${names}`;
