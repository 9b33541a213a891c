// How contracts are named, and which comes first.
import type { ContractView } from "../../shared/contract";
import { span } from "../../shared/format";

const DAY_S = 86_400;
const BY_DAY = { same_day: "same day", next_business_day: "next business day" };

/** The name, and the response time in service hours or days. */
export function contractLabel(contract: ContractView): string {
  const { name, response, response_s: responseS, cutoff } = contract;
  if (response === "within") return `${name} (${span(responseS * 1_000)})`;
  return `${name} (${BY_DAY[response]}${cutoff && `, calls before ${cutoff}`})`;
}

/** The quickest response first. */
export function byResponse(one: ContractView, other: ContractView): number {
  return usualS(one) - usualS(other);
}

function usualS({ response, response_s: responseS }: ContractView): number {
  if (response === "within") return responseS;
  return response === "same_day" ? DAY_S / 2 : DAY_S;
}
