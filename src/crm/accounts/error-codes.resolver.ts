import { Args, FieldResolver, Resolver, Root } from 'type-graphql';
import { Text } from '../../platform/records/decorators.js';
import { Arguments } from '../../platform/records/inputs.js';
import { reasonsOf } from '../../platform/schema/error-reasons.js';
import { ErrorCodeInfo, ErrorReasonInfo } from '../../platform/schema/error-table.js';

@Arguments()
class ReasonsArgs {
  @Text({ description: 'Only reasons for which this root field may fail, e.g. `moveDealStage`.', max: 100 })
  operation?: string | null;
}

@Resolver(() => ErrorCodeInfo)
export class ErrorCodeFields {
  @FieldResolver(() => [ErrorReasonInfo], { description: 'Reasons that occur with this code, with their meaning.' })
  reasonInfos(@Root() { code }: ErrorCodeInfo, @Args(() => ReasonsArgs) { operation }: ReasonsArgs): ErrorReasonInfo[] {
    return reasonsOf(code, operation);
  }
}
