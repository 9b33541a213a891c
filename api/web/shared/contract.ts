// The messages of `mobile_contract` by name: generated from its openapi.json, the live stream's by hand.
import type { components } from "./openapi";

type Schemas = components["schemas"];

/** Answers carry every key: what the document calls optional has a default that the server fills in. */
type Whole<Value> = Value extends (infer Item)[]
  ? number extends Value["length"]
    ? Whole<Item>[]
    : Value
  : Value extends object
    ? { [Key in keyof Value]-?: Whole<Exclude<Value[Key], undefined>> }
    : Value;

type Message<Name extends keyof Schemas> = Whole<Schemas[Name]>;

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export type Problem = Message<"Problem">;
export type CoordinateMessage = Message<"CoordinateMessage">;

export type Role = Message<"Role">;
export type PersonView = Message<"PersonView">;
export type Tokens = Message<"Tokens">;

export type MapView = Omit<Message<"MapView">, "outline" | "bounds_deg"> & {
  outline: GeoJSON.GeoJSON | null;
  /** West, south, east, north. */
  bounds_deg: [number, number, number, number] | null;
};

export type OrderState = Message<"OrderState">;
export type Urgency = Message<"Urgency">;
export type NewOrder = Message<"NewOrder">;
/** An order that redeems a promise says no more than this. */
export type Redemption = Pick<NewOrder, "promise_id" | "expect_return" | "note">;
export type NewPromise = Message<"NewPromise">;
export type PromiseView = Message<"PromiseView">;
export type PromiseOption = Message<"PromiseOption">;
export type SlaView = Message<"SlaView">;
export type MachineView = Message<"MachineView">;
export type OrderView = Message<"OrderView">;
export type FieldChange = Message<"FieldChange">;
export type AmendmentView = Message<"AmendmentView">;
export type Amendments = Message<"Amendments">;
export type OrderTime = Message<"OrderTime">;
export type PauseReason = Message<"PauseReason">;
export type ClockPause = Message<"ClockPause">;
export type PauseView = Message<"PauseView">;
export type Pauses = Message<"Pauses">;

export type ReturnState = Message<"ReturnState">;
export type NewReturn = Message<"NewReturn">;
export type ReceivedReturn = Message<"ReceivedReturn">;
export type ReturnView = Message<"ReturnView">;
export type ReturnWay = Message<"ReturnWay">;
export type ChosenWay = Message<"ChosenWay">;
export type Shipment = Message<"Shipment">;
export type NewReturnLink = Message<"NewReturnLink">;
export type ReturnLinkView = Message<"ReturnLinkView">;
export type MadeReturnLink = Message<"MadeReturnLink">;
export type CustomerPlace = Message<"CustomerPlace">;
export type CustomerPart = Message<"CustomerPart">;
export type CustomerReturn = Message<"CustomerReturn">;
export type DropState = Message<"DropState">;
export type CustomerReturnPage = Message<"CustomerReturnPage">;
export type CustomerSubmission = Message<"CustomerSubmission">;
export type SerialView = Message<"SerialView">;
export type WarrantyView = Message<"WarrantyView">;
export type PhotoView = Message<"PhotoView">;
export type WorkState = Message<"WorkState">;
export type WorkOrderView = Message<"WorkOrderView">;
export type WorkOrderDetail = Message<"WorkOrderDetail">;
export type DispositionView = Message<"DispositionView">;
export type ProcedureView = Message<"ProcedureView">;
export type ContractView = Message<"ContractView">;

export type PartView = Message<"PartView">;
export type LocationKind = Message<"LocationKind">;
export type LocationView = Message<"LocationView">;
export type StockLine = Message<"StockLine">;
export type UnitView = Message<"UnitView">;

export type PositionView = Message<"PositionView">;
export type CourierView = Message<"CourierView">;
export type AlertView = Message<"AlertView">;
export type CompartmentView = Message<"CompartmentView">;
export type LockerView = Message<"LockerView">;
export type CompartmentSize = Message<"CompartmentSize">;
export type LockerAlarm = Message<"LockerAlarm">;
export type TemperatureLimits = Message<"TemperatureLimits">;
export type DepositState = Message<"DepositState">;
export type NewDeposit = Message<"NewDeposit">;
export type DepositView = Message<"DepositView">;
export type NewOfflineCode = Message<"NewOfflineCode">;
export type OfflineCodeView = Message<"OfflineCodeView">;

export type DeviceKind = Message<"DeviceKind">;
export type NewDevice = Message<"NewDevice">;
export type NewInvitation = Message<"NewInvitation">;
export type Rotation = Message<"Rotation">;
export type TrackerApp = Message<"TrackerApp">;
export type OnboardingLink = Message<"OnboardingLink">;
export type DeviceView = Message<"DeviceView">;
export type DeviceSecretView = Message<"DeviceSecretView">;
export type InvitationView = Message<"InvitationView">;

export type DeadLetterView = Message<"DeadLetterView">;
export type LetterChoice = Message<"LetterChoice">;
export type LetterCounts = Message<"LetterCounts">;
export type ReplayedLetters = Message<"ReplayedLetters">;

export type StepKind = Message<"StepKind">;
export type StepView = Message<"StepView">;
export type StopView = Message<"StopView">;
export type RouteView = Message<"RouteView">;
export type PlanView = Message<"PlanView">;

export type BreakView = Message<"BreakView">;
export type DriverEventKind = Message<"DriverEventKind">;
export type FailureReason = Message<"FailureReason">;
export type DriverEvent = Message<"DriverEvent">;
export type DriverEvents = Message<"DriverEvents">;
export type Verdict = Message<"Verdict">;
export type Verdicts = Message<"Verdicts">;
export type DriverFix = Message<"DriverFix">;
export type DriverFixes = Message<"DriverFixes">;
export type FixesAccepted = Message<"FixesAccepted">;
export type DriverRoute = Message<"DriverRoute">;
export type OpenCompartment = Message<"OpenCompartment">;
export type WithdrawalView = Message<"WithdrawalView">;

/** One domain event of the live stream (`mobile_contract/live.py`). */
export interface LiveEvent {
  position: number;
  kind: string;
  subject: string;
  at: string;
  data: Record<string, unknown>;
}

/** Where a courier is now, on the live stream. */
export interface CourierPosition {
  courier_id: string;
  position: PositionView;
}

/** Read everything again, then go on from `position`. */
export interface Reset {
  position: number;
  reason: string;
}
